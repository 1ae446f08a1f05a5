"""Load at a constant rate, with good and bad tokens, on an application whose issuer rotates its key every two seconds.

    python -m end_to_end.load       a part of `make soak`: ten minutes of fastjose, then its peers

The rate is 80 % of the capacity that is measured first. The load consists of slices of three phases, in turns: good
tokens alone, good and bad tokens, good tokens alone again. The third phase has the same requests as the first: the
difference between the two is what the machine does, and no difference below it means anything.

    tokens.py          keys, good tokens and bad ones           rotation.py      the key set, and which key signs when
    generator/         the processes that send the requests     verdict.py       the verdict on a response: pure
    candidates.py      the compared applications (apps/)        process_usage.py memory and processor time of a server
    phases.py          the slices and what was measured         run.py           one run of one application
    report.py          the requirements and the table
"""
