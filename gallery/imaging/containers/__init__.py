"""How each file format is laid out: pure walkers over bytes, without decoding a pixel.

`headers` reads the limits from them and `metadata` cuts by them, so both always see one file the
same way. Damage shows as Corrupt or as one of `MALFORMED`, which the two doors translate. Every
walk is linear in the size of the file and stops at a cap, whatever the file claims.
"""

import struct
from typing import Final

#: What reading past the end, or bytes that are no number, raise inside the walkers.
MALFORMED: Final = (struct.error, IndexError, ValueError)
