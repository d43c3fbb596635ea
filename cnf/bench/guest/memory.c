/* Copies by words and the string instructions. Compiled without vector registers. */
#include "guest.h"

static void fill(u8 *to, u64 size, u64 state)
{
	for (u64 i = 0; i < size; i++)
		to[i] = draw(&state) >> 24;
}

static u64 checksum(const u8 *from, u64 size)
{
	u64 sum = 0;
	for (u64 i = 0; i < size; i += 8 * 37)
		sum = mix(sum, *(const u64 *) (from + i));
	return sum;
}

static void move_bytes(void *to, const void *from, u64 size)
{
	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static u64 copy_words(u64 count)
{
	enum { WORDS = 256 * KIB / sizeof(u64) };
	u64 *from = (u64 *) ARENA, *to = (u64 *) (ARENA + 1536 * KIB);
	fill(ARENA, WORDS * sizeof(u64), 1);
	for (u64 pass = 0; pass < count; pass++) {
		for (u64 i = 0; i < WORDS; i += 4) {
			u64 a = from[i], b = from[i + 1], c = from[i + 2], d = from[i + 3];
			to[i] = a, to[i + 1] = b, to[i + 2] = c, to[i + 3] = d;
		}
		asm volatile("" : : : "memory");
		from[pass * 37 % WORDS]++;
	}
	return checksum((u8 *) to, WORDS * sizeof(u64));
}

static u64 string_movsb(u64 count)
{
	enum { SIZE = 256 * KIB };
	u8 *from = ARENA, *to = ARENA + 1536 * KIB;
	fill(from, SIZE, 2);
	for (u64 pass = 0; pass < count; pass++) {
		move_bytes(to, from, SIZE);
		from[pass * 296 % SIZE]++;
	}
	return checksum(to, SIZE);
}

static u64 string_stosq(u64 count)
{
	enum { SIZE = 256 * KIB };
	u64 sum = 0;
	for (u64 pass = 0; pass < count; pass++) {
		void *to = ARENA;
		u64 words = SIZE / 8;
		asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pass * 0x0101010101010101) : "memory");
		sum = mix(sum, *(u64 *) (ARENA + (pass * 8 & (SIZE - 1))) + (u64) to);
	}
	return sum;
}

/* Two strings of 64 KiB that differ in one byte, further back from pass to pass. */
static u64 string_cmpsb(u64 count)
{
	enum { SIZE = 64 * KIB };
	u8 *one = ARENA, *other = ARENA + 1536 * KIB;
	fill(one, SIZE, 3);
	fill(other, SIZE, 3);
	u64 sum = 0;
	for (u64 pass = 0; pass < count; pass++) {
		u64 place = SIZE - 1 - pass * 61 % (SIZE / 4);
		other[place] ^= 1;
		const u8 *a = one, *b = other;
		u64 left = SIZE;
		u8 below;
		asm volatile("repe cmpsb; setb %3" : "+S"(a), "+D"(b), "+c"(left), "=q"(below) : : "memory", "cc");
		other[place] ^= 1;
		sum = mix(sum, left << 1 | below);
	}
	return sum;
}

/* Looks for the one byte of 64 KiB that is zero. */
static u64 string_scasb(u64 count)
{
	enum { SIZE = 64 * KIB };
	u8 *text = ARENA;
	fill(text, SIZE, 4);
	for (u64 i = 0; i < SIZE; i++)
		text[i] |= 1;
	u64 sum = 0;
	for (u64 pass = 0; pass < count; pass++) {
		u64 place = SIZE - 1 - pass * 61 % (SIZE / 4), left = SIZE;
		u8 kept = text[place];
		text[place] = 0;
		const u8 *at = text;
		asm volatile("repne scasb" : "+D"(at), "+c"(left) : "a"(0) : "memory", "cc");
		text[place] = kept;
		sum = mix(sum, left);
	}
	return sum;
}

/* Moves of 1 to 64 bytes at any alignment, as compilers and C libraries make them. */
static u64 string_short(u64 count)
{
	enum { SIZE = 16 * KIB };
	u8 *from = ARENA, *to = ARENA + 1536 * KIB;
	u64 state = 5;
	fill(from, SIZE + 64, 6);
	fill(to, SIZE + 64, 7);
	for (u64 i = 0; i < count; i++) {
		u32 random = draw(&state);
		move_bytes(to + random % SIZE, from + (random >> 14) % SIZE, 1 + (random >> 26));
	}
	return checksum(to, SIZE);
}

const struct kernel memory_kernels[] = {
	{ "copy.words", copy_words, 13000 },
	{ "string.movsb", string_movsb, 1500 },
	{ "string.stosq", string_stosq, 12000 },
	{ "string.cmpsb", string_cmpsb, 5000 },
	{ "string.scasb", string_scasb, 7000 },
	{ "string.short", string_short, 10000000 },
	{ 0, 0, 0 },
};
