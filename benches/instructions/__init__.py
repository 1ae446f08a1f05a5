"""Instruction counts by callgrind: requests, rejections and the budget of the core. The load does not change them."""
