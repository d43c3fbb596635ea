/* Integer kernels: arithmetic, tables, branches, calls. Compiled without vector registers. */
#include "guest.h"

static u32 rotate_right(u32 value, u32 bits) { return value >> bits | value << (32 - bits); }

/* The same pseudo-random bytes for every kernel that only needs input. */
static u8 *random_bytes(u64 size)
{
	u64 state = 1;
	for (u64 i = 0; i < size; i++)
		ARENA[i] = draw(&state) >> 24;
	return ARENA;
}

/* Multiply, xor, shift, rotate, conditional move: no memory. */
static u64 mix_registers(u64 count)
{
	u64 a = 1, b = 0x0123456789abcdef, c = 0;
	for (u64 i = 0; i < count; i++) {
		a = a * 6364136223846793005ul + 1442695040888963407ul;
		b ^= a >> 29;
		b = b << 13 | b >> 51;
		c += b < a ? b : i;
	}
	return a ^ b ^ c;
}

static u64 sieve(u64 count)
{
	enum { LIMIT = 1 << 20 };
	u8 *composite = ARENA;
	u64 primes = 0;
	for (u64 pass = 0; pass < count; pass++) {
		for (u64 i = 0; i < LIMIT; i++)
			composite[i] = 0;
		for (u64 i = 2; i * i < LIMIT; i++)
			if (!composite[i])
				for (u64 multiple = i * i; multiple < LIMIT; multiple += i)
					composite[multiple] = 1;
		for (u64 i = 2; i < LIMIT; i++)
			primes += !composite[i];
	}
	return primes;
}

/* FIPS 180-4, sections 4.2.2, 5.3.3 and 6.2.2. */
static const u32 sha256_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void sha256_block(u32 hash[8], const u8 *block)
{
	u32 schedule[64];
	for (int t = 0; t < 16; t++)
		schedule[t] = (u32) block[4 * t] << 24 | block[4 * t + 1] << 16 | block[4 * t + 2] << 8 | block[4 * t + 3];
	for (int t = 16; t < 64; t++) {
		u32 early = schedule[t - 15], late = schedule[t - 2];
		schedule[t] = schedule[t - 16] + schedule[t - 7]
			+ (rotate_right(early, 7) ^ rotate_right(early, 18) ^ early >> 3)
			+ (rotate_right(late, 17) ^ rotate_right(late, 19) ^ late >> 10);
	}
	u32 a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
	for (int t = 0; t < 64; t++) {
		u32 first = h + (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) + ((e & f) ^ (~e & g))
			+ sha256_constants[t] + schedule[t];
		u32 second = (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		h = g, g = f, f = e, e = d + first;
		d = c, c = b, b = a, a = first + second;
	}
	hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d;
	hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
}

/* Hashes count times 64 KiB as one message, without the final padding. */
static u64 sha256(u64 count)
{
	enum { SIZE = 64 * KIB };
	u32 hash[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	const u8 *message = random_bytes(SIZE);
	for (u64 pass = 0; pass < count; pass++)
		for (u64 at = 0; at < SIZE; at += 64)
			sha256_block(hash, message + at);
	return (u64) hash[0] << 32 | hash[7];
}

/* CRC-32 (IEEE 802.3) of count times 64 KiB, a byte at a time through a table. */
static u64 crc32(u64 count)
{
	enum { SIZE = 64 * KIB };
	static u32 table[256];
	for (u32 i = 0; i < 256; i++) {
		u32 entry = i;
		for (int bit = 0; bit < 8; bit++)
			entry = entry >> 1 ^ (entry & 1 ? 0xedb88320 : 0);
		table[i] = entry;
	}
	const u8 *message = random_bytes(SIZE);
	u32 crc = ~0u;
	for (u64 pass = 0; pass < count; pass++)
		for (u64 i = 0; i < SIZE; i++)
			crc = crc >> 8 ^ table[(crc ^ message[i]) & 255];
	return ~crc;
}

/* A scanner for numbers, names and operators, one switch on its state for each character. */
static u64 states(u64 count)
{
	static const char text[] = "rate = 3.25e-4 * (total_1 + 17) - 0x7f / x9; limit=1000000;"
		"if (a1<b2) c = -.5; else c = 6.022E23 + 1.; while (n) n = n / 2 - 1; y=4e; z = 0xg;";
	enum { START, NAME, ZERO, WHOLE, FRACTION, EXPONENT, EXPONENT_DIGITS, HEX, STATES };
	u64 tokens[STATES] = { 0 }, errors = 0;
	for (u64 pass = 0; pass < count; pass++) {
		int state = START;
		for (const char *next = text; *next;) {
			char c = *next;
			int digit = c >= '0' && c <= '9';
			int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
			int before = state;
			switch (state) {
			case START:
				next++;
				state = c == '0' ? ZERO : digit ? WHOLE : letter ? NAME : c == '.' ? FRACTION : START;
				continue;
			case NAME:
				state = letter || digit ? NAME : START;
				break;
			case ZERO:
				state = c == 'x' ? HEX : digit ? WHOLE : c == '.' ? FRACTION : START;
				break;
			case WHOLE:
				state = digit ? WHOLE : c == '.' ? FRACTION : (c | 32) == 'e' ? EXPONENT : START;
				break;
			case FRACTION:
				state = digit ? FRACTION : (c | 32) == 'e' ? EXPONENT : START;
				break;
			case EXPONENT:
				state = digit || c == '-' || c == '+' ? EXPONENT_DIGITS : START;
				errors += state == START;
				break;
			case EXPONENT_DIGITS:
				state = digit ? EXPONENT_DIGITS : START;
				break;
			case HEX:
				state = digit || ((c | 32) >= 'a' && (c | 32) <= 'f') ? HEX : START;
				errors += letter && state == START;
				break;
			}
			if (state != START)
				next++;
			else
				tokens[before]++;
		}
		errors += state != START;
	}
	u64 sum = errors;
	for (int i = 0; i < STATES; i++)
		sum = mix(sum, tokens[i]);
	return sum;
}

/* Follows one random cycle through 1 MiB of pointers. */
static u64 chase(u64 count)
{
	enum { NODES = MIB / sizeof(u64) };
	u64 *nodes = (u64 *) ARENA, state = 2;
	for (u64 i = 0; i < NODES; i++)
		nodes[i] = (u64) &nodes[i];
	for (u64 i = NODES - 1; i > 0; i--) {   /* Sattolo's shuffle leaves a single cycle */
		u64 other = draw(&state) % i, node = nodes[i];
		nodes[i] = nodes[other];
		nodes[other] = node;
	}
	u64 *at = nodes, sum = 0;
	for (u64 i = 0; i < count; i++) {
		at = (u64 *) *at;
		sum += (u64) at;
	}
	return sum;
}

static u64 sort(u64 count)
{
	enum { ITEMS = 16384 };
	u32 *items = (u32 *) ARENA;     /* a heap whose root is items[0] */
	u64 sum = 0, state = 3;
	for (u64 pass = 0; pass < count; pass++) {
		for (u64 i = 0; i < ITEMS; i++)
			items[i] = draw(&state);
		for (u64 root = ITEMS / 2, size = ITEMS; size > 1;) {
			u32 moving;
			if (root > 0) {
				moving = items[--root];
			} else {
				moving = items[--size];
				items[size] = items[0];
			}
			u64 hole = root;
			for (u64 child; (child = 2 * hole + 1) < size; hole = child) {
				if (child + 1 < size && items[child + 1] > items[child])
					child++;
				if (moving >= items[child])
					break;
				items[hole] = items[child];
			}
			items[hole] = moving;
		}
		for (u64 i = 0; i < ITEMS; i += 997)
			sum = mix(sum, items[i]);
	}
	return sum;
}

/* A register machine with 32-bit instructions, dispatched by a jump table. */
enum operation { SET, MOVE, ADD, ADD_SIGNED, MULTIPLY, AND_BITS, SHIFT_RIGHT, XOR, LOAD, STORE, JUMP, JUMP_ZERO, JUMP_NOT_ZERO, STOP };
#define CODE(operation, a, b, c) ((operation) | (u32) (a) << 8 | (u32) (b) << 16 | (u32) (u8) (c) << 24)

static u64 interpret(const u32 *program, u64 registers[16], u64 memory[256])
{
	u64 steps = 0;
	for (const u32 *next = program;;) {
		u32 code = *next++;
		u64 *a = &registers[code >> 8 & 15], b = registers[code >> 16 & 15], c = code >> 24;
		steps++;
		switch ((enum operation) (code & 255)) {
		case SET: *a = c; break;
		case MOVE: *a = b; break;
		case ADD: *a = b + registers[c & 15]; break;
		case ADD_SIGNED: *a = b + (signed char) c; break;
		case MULTIPLY: *a = b * registers[c & 15]; break;
		case AND_BITS: *a = b & c; break;
		case SHIFT_RIGHT: *a = b >> (c & 63); break;
		case XOR: *a = b ^ registers[c & 15]; break;
		case LOAD: *a = memory[b & 255]; break;
		case STORE: memory[b & 255] = *a; break;
		case JUMP: next = program + c; break;
		case JUMP_ZERO: if (*a == 0) next = program + c; break;
		case JUMP_NOT_ZERO: if (*a != 0) next = program + c; break;
		case STOP: return steps;
		}
	}
}

/* Interprets a program that takes the Collatz path of each number from count down and tallies the path lengths. */
static u64 bytecode(u64 count)
{
	static const u32 program[] = {
		/* 0 */ CODE(SET, 3, 0, 3),
		/* 1 */ CODE(MOVE, 1, 0, 0),
		/* 2 */ CODE(SET, 2, 0, 0),
		/* 3 */ CODE(ADD_SIGNED, 4, 1, -1),
		/* 4 */ CODE(JUMP_ZERO, 4, 0, 13),
		/* 5 */ CODE(ADD_SIGNED, 2, 2, 1),
		/* 6 */ CODE(AND_BITS, 4, 1, 1),
		/* 7 */ CODE(JUMP_NOT_ZERO, 4, 0, 10),
		/* 8 */ CODE(SHIFT_RIGHT, 1, 1, 1),
		/* 9 */ CODE(JUMP, 0, 0, 3),
		/* 10 */ CODE(MULTIPLY, 1, 1, 3),
		/* 11 */ CODE(ADD_SIGNED, 1, 1, 1),
		/* 12 */ CODE(JUMP, 0, 0, 3),
		/* 13 */ CODE(LOAD, 5, 2, 0),
		/* 14 */ CODE(ADD, 5, 5, 2),
		/* 15 */ CODE(XOR, 5, 5, 0),
		/* 16 */ CODE(STORE, 5, 2, 0),
		/* 17 */ CODE(ADD_SIGNED, 0, 0, -1),
		/* 18 */ CODE(JUMP_NOT_ZERO, 0, 0, 1),
		/* 19 */ CODE(STOP, 0, 0, 0),
	};
	u64 registers[16] = { count }, *memory = (u64 *) ARENA;
	for (int i = 0; i < 256; i++)
		memory[i] = 0;
	u64 sum = interpret(program, registers, memory);
	for (int i = 0; i < 256; i++)
		sum = mix(sum, memory[i]);
	return sum;
}

static u64 increment(u64 x) { return x + 1; }
static u64 flip(u64 x) { return x ^ 0x5555; }
static u64 triple(u64 x) { return x * 3; }
static u64 decrease(u64 x) { return x - 7; }
static u64 halve(u64 x) { return x >> 1; }
static u64 invert(u64 x) { return ~x; }
static u64 ninefold(u64 x) { return x + (x << 3); }
static u64 make_odd(u64 x) { return x | 1; }

static u64 indirect(u64 count)
{
	static u64 (*const volatile functions[8])(u64) = { increment, flip, triple, decrease, halve, invert, ninefold, make_odd };
	u64 x = 1, state = 4;
	for (u64 i = 0; i < count; i++)
		x = functions[draw(&state) >> 29](x);
	return x;
}

/* Takeuchi's function: calls and comparisons only. */
static __attribute__((noinline)) int tak(int x, int y, int z)
{
	return y >= x ? z : tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

static u64 recursive(u64 count)
{
	u64 sum = 0;
	for (u64 pass = 0; pass < count; pass++)
		sum = mix(sum, tak(14 + (pass & 3), 9, 4));
	return sum;
}

/* Multi-word product and subtraction, 32 by 32 words: widening multiply, carries, borrows. */
static u64 bignum(u64 count)
{
	enum { WORDS = 32 };
	u64 a[WORDS], product[2 * WORDS], state = 5;
	for (int i = 0; i < WORDS; i++)
		a[i] = (u64) draw(&state) << 32 | draw(&state);
	u64 sum = 0;
	for (u64 pass = 0; pass < count; pass++) {
		for (int i = 0; i < 2 * WORDS; i++)
			product[i] = 0;
		for (int i = 0; i < WORDS; i++) {
			u64 carry = 0;
			for (int j = 0; j < WORDS; j++) {
				u128 step = (u128) a[i] * a[j] + product[i + j] + carry;
				product[i + j] = step;
				carry = step >> 64;
			}
			product[i + WORDS] = carry;
		}
		u8 borrow = 0;
		for (int i = 0; i < WORDS; i++) {
			u64 difference;
			u8 first = __builtin_sub_overflow(product[i + WORDS], product[i], &difference);
			u8 second = __builtin_sub_overflow(difference, (u64) borrow, &a[i]);
			borrow = first | second;
		}
		sum = mix(sum, a[0] + borrow);
	}
	return sum;
}

/* 64-bit unsigned and 32-bit signed division. */
static u64 divide(u64 count)
{
	u64 sum = 0, state = 6;
	for (u64 i = 0; i < count; i++) {
		u64 a = (u64) draw(&state) << 32 | draw(&state), b = draw(&state) | 1;
		int c = draw(&state), d = (b >> 8) + 1;
		sum += a / b ^ a % b;
		sum += (u64) (c / d) ^ (u64) (c % d);
	}
	return sum;
}

/* Read-modify-write instructions with a lock prefix. */
static u64 locked(u64 count)
{
	u64 *words = (u64 *) ARENA, sum = 0;
	for (int i = 0; i < 16; i++)
		words[i] = i;
	for (u64 i = 0; i < count; i++) {
		u64 *word = &words[i & 15], old = *word;
		__atomic_add_fetch(word, i, __ATOMIC_SEQ_CST);
		sum += __atomic_fetch_add((u32 *) word, 3, __ATOMIC_SEQ_CST);
		sum += __atomic_compare_exchange_n(word, &old, i, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		sum ^= __atomic_exchange_n(word, old + 1, __ATOMIC_SEQ_CST);
	}
	return sum;
}

const struct kernel integer_kernels[] = {
	{ "integer.mix", mix_registers, 250000000 },
	{ "integer.sieve", sieve, 80 },
	{ "integer.sha256", sha256, 700 },
	{ "integer.crc32", crc32, 1700 },
	{ "integer.states", states, 170000 },
	{ "integer.chase", chase, 40000000 },
	{ "integer.sort", sort, 160 },
	{ "integer.bytecode", bytecode, 50000 },
	{ "integer.indirect", indirect, 32000000 },
	{ "integer.recursive", recursive, 2600 },
	{ "integer.bignum", bignum, 160000 },
	{ "integer.divide", divide, 60000000 },
	{ "integer.locked", locked, 60000000 },
	{ 0, 0, 0 },
};
