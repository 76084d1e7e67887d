// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes32} from "./Bytes32.sol";
import {IEd25519Table} from "./IArithmetic.sol";

/// @title Comb table of a device's Ed25519 key, stored as the code of a contract of its own
/// @notice Refuses every key that is not the canonical encoding (RFC 8032 §5.1.3) of a point of order exactly L.
/// @dev The table is that of `Ed25519Base`, for -A in place of B and without the products: (y - x) / 2 of 64 entries.
contract Ed25519Table is IEd25519Table {
    uint256 private constant P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    uint256 private constant D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3;
    /// @dev a square root of -1, (p - 5) / 8, 1 / 2, and (L - 1) / 2
    uint256 private constant ROOT = 0x2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0;
    uint256 private constant ROOT_EXPONENT = 0x0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffd;
    uint256 private constant HALF = 0x3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7;
    uint256 private constant HALF_ORDER = 0x080000000000000000000000000000000a6f7cef517bce6b2c09318d2e7ae9f6;

    /// @dev One bit every 42, and the factor that brings six of those next to each other at bit 215
    uint256 private constant COMB = 0x40000000001000000000040000000001000000000040000000001;
    uint256 private constant GATHER = 0x800000000040000000002000000000100000000008000000000400;
    /// @dev Memory: 6 teeth and 32 points of four words (x, y, z, t; extended coordinates), 32 products, 64 entries
    uint256 private constant TEETH = 0x200;
    uint256 private constant POINTS = 0x1000;
    uint256 private constant PRODUCTS = 0x2000;
    uint256 private constant TABLE = 0x2800;

    /// @inheritdoc IEd25519Table
    /// @dev Takes memory from 0x80 to 0x3000 without allocating it: called from outside only, it is alone there.
    function create(bytes32 key) external returns (address table) {
        (bool onCurve, uint256 x, uint256 y) = decode(key);
        if (!onCurve) return address(0);
        layTeeth(x, y);
        layPoints();
        layEntries();
        if (!hasPrimeOrder()) return address(0);
        assembly {
            // init code, 10 bytes: PUSH2 0x0801, DUP1, PUSH1 10, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN.
            // It returns what follows it: STOP, so that the table cannot be executed, and the entries.
            mstore(sub(TABLE, 32), 0x61080180600a3d393df300)
            table := create(0, sub(TABLE, 11), 0x80b)
            if iszero(table) { revert(0, 0) }
        }
    }

    /// @notice The point of an encoding. Not for x = 0, which is no key.
    function decode(bytes32 key) internal view returns (bool onCurve, uint256 x, uint256 y) {
        uint256 encoded = Bytes32.littleEndian(key);
        y = encoded & (type(uint256).max >> 1);
        if (y >= P) return (false, 0, 0);
        uint256 square = mulmod(y, y, P);
        uint256 u = addmod(square, P - 1, P);
        uint256 v = addmod(mulmod(D, square, P), 1, P);
        uint256 v3 = mulmod(mulmod(v, v, P), v, P);
        uint256 v7 = mulmod(mulmod(v3, v3, P), v, P);
        x = mulmod(mulmod(u, v3, P), power(mulmod(u, v7, P), ROOT_EXPONENT), P);
        uint256 check = mulmod(v, mulmod(x, x, P), P);
        if (check != u) {
            if (addmod(check, u, P) != 0) return (false, 0, 0);
            x = mulmod(x, ROOT, P);
        }
        if (x == 0) return (false, 0, 0);
        if (x & 1 != encoded >> 255) x = P - x;
        onCurve = true;
    }

    /// @notice base^exponent mod p by precompile 0x05.
    function power(uint256 base, uint256 exponent) internal view returns (uint256 result) {
        assembly {
            mstore(0x80, 32)
            mstore(0xa0, 32)
            mstore(0xc0, 32)
            mstore(0xe0, base)
            mstore(0x100, exponent)
            mstore(0x120, P)
            if iszero(staticcall(gas(), 5, 0x80, 0xc0, 0, 32)) { revert(0, 0) }
            result := mload(0)
        }
    }

    /// @dev A times 1, 2^42, 2^84, …, 2^210.
    function layTeeth(uint256 x, uint256 y) private pure {
        assembly {
            mstore(TEETH, x)
            mstore(add(TEETH, 0x20), y)
            mstore(add(TEETH, 0x40), 1)
            mstore(add(TEETH, 0x60), mulmod(x, y, P))
        }
        for (uint256 tooth = TEETH; tooth < TEETH + 5 * 0x80; tooth += 0x80) double(tooth, tooth + 0x80, 42);
    }

    /// @dev Entries 0 to 31 of the table of -A. Entry 0 is the sum of all teeth of A; bit t of an index takes twice tooth t away.
    function layPoints() private pure {
        assembly {
            mcopy(POINTS, add(TEETH, 0x280), 0x80)
        }
        for (uint256 t = 0; t < 5; t++) add(POINTS, TEETH + 0x80 * t, POINTS);
        for (uint256 t = 0; t < 5; t++) {
            uint256 tooth = TEETH + 0x80 * t;
            double(tooth, tooth, 1);
            negate(tooth);
            uint256 span = 0x80 << t;
            for (uint256 i = POINTS; i < POINTS + span; i += 0x80) add(i, tooth, i + span);
        }
    }

    /// @dev Affine halves of difference and sum, with one inversion for all points (Montgomery's trick).
    function layEntries() private view {
        uint256 product = 1;
        assembly {
            for { let i := 0 } lt(i, 32) { i := add(i, 1) } {
                mstore(add(PRODUCTS, shl(5, i)), product)
                product := mulmod(product, mload(add(add(POINTS, 0x40), shl(7, i))), P)
            }
        }
        uint256 inverse = power(product, P - 2);
        assembly {
            for { let i := 32 } i {} {
                i := sub(i, 1)
                let point := add(POINTS, shl(7, i))
                let z := mulmod(inverse, mload(add(PRODUCTS, shl(5, i))), P)
                inverse := mulmod(inverse, mload(add(point, 0x40)), P)
                let x := mulmod(mload(point), z, P)
                let y := mulmod(mload(add(point, 0x20)), z, P)
                let entry := add(TABLE, shl(5, i))
                mstore(entry, mulmod(add(y, sub(P, x)), HALF, P))
                mstore(xor(entry, 0x7e0), mulmod(add(y, x), HALF, P))
            }
        }
    }

    /// @dev Whether [L](-A) is the neutral point. L = 2^252 + Σ (2 b_i - 1) 2^i over 252 bits for b = (L - 1) / 2: the columns start
    /// from -2^210 A, the last tooth. The sums are of integers, so they hold for a point of any order.
    function hasPrimeOrder() private pure returns (bool) {
        uint256 x;
        uint256 y;
        uint256 z;
        uint256 comb = COMB;
        uint256 gather = GATHER;
        assembly {
            x := sub(P, mload(add(TEETH, 0x280)))
            y := mload(add(TEETH, 0x2a0))
            z := mload(add(TEETH, 0x2c0))
            for { let j := 42 } j {} {
                j := sub(j, 1)
                let a := mulmod(x, x, P)
                let b := mulmod(y, y, P)
                let e := mulmod(add(x, x), y, P)
                let g := add(b, sub(P, a))
                let h := add(a, b)
                let f := addmod(mulmod(add(z, z), z, P), sub(mul(2, P), g), P)
                x := mulmod(e, f, P)
                y := mulmod(g, h, P)
                z := mulmod(f, g, P)
                let t := mulmod(e, h, P)
                let q := add(TABLE, shr(210, mul(and(shr(j, HALF_ORDER), comb), gather)))
                let u := mload(q)
                let v := mload(xor(q, 0x7e0))
                let c := mulmod(mulmod(mulmod(add(v, u), add(v, sub(P, u)), P), D, P), t, P)
                u := mulmod(add(y, sub(P, x)), u, P)
                v := mulmod(add(y, x), v, P)
                e := add(v, sub(P, u))
                h := add(v, u)
                f := add(z, sub(P, c))
                g := add(z, c)
                x := mulmod(e, f, P)
                y := mulmod(g, h, P)
                z := mulmod(f, g, P)
            }
        }
        return x == 0 && y == z;
    }

    /// @dev The point at `from` times 2^times, to `to`.
    function double(uint256 from, uint256 to, uint256 times) private pure {
        assembly {
            let x := mload(from)
            let y := mload(add(from, 0x20))
            let z := mload(add(from, 0x40))
            let e
            let h
            for {} times { times := sub(times, 1) } {
                let a := mulmod(x, x, P)
                let b := mulmod(y, y, P)
                e := mulmod(add(x, x), y, P)
                h := add(a, b)
                let g := add(b, sub(P, a))
                let f := addmod(mulmod(add(z, z), z, P), sub(mul(2, P), g), P)
                x := mulmod(e, f, P)
                y := mulmod(g, h, P)
                z := mulmod(f, g, P)
            }
            mstore(to, x)
            mstore(add(to, 0x20), y)
            mstore(add(to, 0x40), z)
            mstore(add(to, 0x60), mulmod(e, h, P))
        }
    }

    /// @dev The sum of the points at `first` and `second`, to `to`.
    function add(uint256 first, uint256 second, uint256 to) private pure {
        assembly {
            let x := mload(first)
            let y := mload(add(first, 0x20))
            let u := mload(second)
            let v := mload(add(second, 0x20))
            let a := mulmod(add(y, sub(P, x)), add(v, sub(P, u)), P)
            let b := mulmod(add(y, x), add(v, u), P)
            let c := mulmod(mulmod(mload(add(first, 0x60)), mload(add(second, 0x60)), P), addmod(D, D, P), P)
            let d := mulmod(mload(add(first, 0x40)), mul(2, mload(add(second, 0x40))), P)
            let e := add(b, sub(P, a))
            let f := add(d, sub(P, c))
            let g := add(d, c)
            let h := add(b, a)
            mstore(to, mulmod(e, f, P))
            mstore(add(to, 0x20), mulmod(g, h, P))
            mstore(add(to, 0x40), mulmod(f, g, P))
            mstore(add(to, 0x60), mulmod(e, h, P))
        }
    }

    function negate(uint256 point) private pure {
        assembly {
            mstore(point, sub(P, mload(point)))
            mstore(add(point, 0x60), sub(P, mload(add(point, 0x60))))
        }
    }
}
