"""Load at a constant rate, with good and bad tokens, on an application whose issuer rotates its key every two seconds.

    python -m end_to_end.load       a part of `make soak`: ten minutes of fastjose, then its peers

The rate is 80 % of the capacity that is measured first. The load consists of slices of three phases, in turns: good
tokens alone, good and bad tokens, good tokens alone again. The third phase has the same requests as the first: the
difference between the two is what the machine does, and no difference below it means anything.

    tokens.py       good tokens and bad ones                    rotation.py        which key signs, or is published
    mint.py         the tokens to choose from in a slice        generator/         the processes that send the requests
    verdict.py      the verdict on a response: pure             process_usage.py   memory and processor time of a server
    candidates.py   the compared applications, of apps/         run.py             one run of one application
    phases.py       the slices, and what was measured           report.py          the requirements and the table
"""
