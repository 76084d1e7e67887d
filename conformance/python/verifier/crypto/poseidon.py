"""Poseidon over the scalar field of BN254 with circomlib's parameters (section 2 of docs/protocol.md).

Round constants and matrices are not copied: they are what the Grain LFSR of the Poseidon paper
(Grassi et al., USENIX Security 2021, appendix F) gives for this field, x^5 and these rounds.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import compress

FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617
FIELD_BITS = 254
FULL_ROUNDS = 8
PARTIAL_ROUNDS = {3: 57, 7: 63, 14: 70}
"""Partial rounds by width, for the three widths that a certificate needs: H2, H6 and H13."""

Parameters = tuple[list[list[int]], list[list[int]]]


def poseidon(inputs: Sequence[int]) -> int:
    """Hn of n field elements. An input that is not below the field order is refused, never reduced."""
    if any(not 0 <= value < FIELD_ORDER for value in inputs):
        raise ValueError("an input of Poseidon is not below the field order")
    constants, matrix = _parameters(len(inputs) + 1)
    state = [0, *inputs]
    first_partial, last_partial = FULL_ROUNDS // 2, len(constants) - FULL_ROUNDS // 2
    for number, row in enumerate(constants):
        state = [value + constant for value, constant in zip(state, row)]
        if first_partial <= number < last_partial:
            state[0] = _fifth_power(state[0])
        else:
            state = [_fifth_power(value) for value in state]
        state = [sum(map(int.__mul__, line, state)) % FIELD_ORDER for line in matrix]
    return state[0]


def _fifth_power(value: int) -> int:
    square = value * value % FIELD_ORDER
    return square * square % FIELD_ORDER * value % FIELD_ORDER


@cache
def _parameters(width: int) -> Parameters:
    """Constants by round, and the Cauchy matrix, of a state of this width."""
    rounds = FULL_ROUNDS + PARTIAL_ROUNDS[width]
    elements = _grain_elements(width, rounds - FULL_ROUNDS, rounds * width)
    constants = [[next(elements) for _ in range(width)] for _ in range(rounds)]
    points = [next(elements) for _ in range(2 * width)]
    columns = points[width:]
    matrix = [[pow(row + column, -1, FIELD_ORDER) for column in columns] for row in points[:width]]
    return constants, matrix


def _grain_elements(width: int, partial_rounds: int, constants: int) -> Iterator[int]:
    """The first `constants` elements are drawn until they are below the order; those after them are reduced."""
    bits = _grain_bits(width, partial_rounds, 6 * FIELD_BITS * (constants + 2 * width))
    position = drawn = 0
    while position + FIELD_BITS <= len(bits):
        element = int(bits[position : position + FIELD_BITS], 2)
        position += FIELD_BITS
        if drawn >= constants or element < FIELD_ORDER:
            drawn += 1
            yield element % FIELD_ORDER


def _grain_bits(width: int, partial_rounds: int, length: int) -> str:
    """Self-shrunk output of the LFSR: of each pair of bits the second counts where the first is 1."""
    seed = f"{1:02b}{0:04b}{FIELD_BITS:012b}{width:012b}{FULL_ROUNDS:010b}{partial_rounds:010b}" + "1" * 30
    unused = len(seed) + 160
    stream = _lfsr(seed, unused + length)[unused:]
    return "".join(compress(stream[1::2], map(int, stream[0::2])))


def _lfsr(seed: str, length: int) -> str:
    """b[i+80] = b[i+62] + b[i+51] + b[i+38] + b[i+23] + b[i+13] + b[i] over GF(2).

    Squaring the feedback polynomial doubles every distance, so that each step may make twice as many bits at once.
    """
    stream = int(seed[::-1], 2)
    known, scale = len(seed), 1
    while known < length:
        while 80 * scale * 2 <= known:
            scale *= 2
        start = known - 80 * scale
        fresh = 0
        for tap in (62, 51, 38, 23, 13, 0):
            fresh ^= stream >> (start + tap * scale)
        count = 18 * scale
        stream |= (fresh & ((1 << count) - 1)) << known
        known += count
    return format(stream, f"0{known}b")[::-1][:length]
