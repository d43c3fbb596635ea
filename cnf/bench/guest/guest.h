/* What the parts of the benchmark guest share: types, memory layout, single instructions, the kernel table. */
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef unsigned __int128 u128;

/* A kernel does `count` units of work; its result depends on `count` alone, never on the machine or on the kernels run before it. */
typedef u64 kernel_function(u64 count);

struct kernel {
	const char *name;               /* group.name */
	kernel_function *run;
	u64 count;                      /* units of work at scale 1 */
};

/* Each part ends its table with a null name. */
extern const struct kernel integer_kernels[], memory_kernels[], vector_kernels[], system_kernels[];

#define KIB 1024ul
#define MIB (1024 * KIB)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Working memory of whatever kernel runs: identity-mapped by 2 MiB pages. */
#define ARENA ((u8 *) (16 * MIB))
#define ARENA_BYTES (32 * MIB)

/* A second view through 4 KiB pages, onto the frames that follow the arena; entry.S fills window_ptes. The last page is absent. */
#define WINDOW ((u8 *) 0x40000000ul)
#define WINDOW_FRAMES (ARENA + ARENA_BYTES)
#define WINDOW_PAGES 1024
#define PAGE_BYTES 4096ul
extern volatile u64 window_ptes[WINDOW_PAGES];

/* Memory the layout above needs; the loader's count leaves out the first MiB. */
#define NEEDED_BYTES (64 * MIB)

static inline void out8(u16 port, u8 value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory"); }

static inline void out32(u16 port, u32 value) { asm volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory"); }

static inline u8 in8(u16 port)
{
	u8 value;
	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u64 read_tsc(void)
{
	u32 low, high;
	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64) high << 32 | low;
}

/* Order-sensitive 64-bit checksum step. */
static inline u64 mix(u64 sum, u64 value)
{
	sum = (sum ^ value) * 0x9e3779b97f4a7c15ul;
	return sum ^ sum >> 29;
}

/* The generator all kernels draw their data from: 64-bit LCG, the better upper half returned. */
static inline u32 draw(u64 *state)
{
	*state = *state * 6364136223846793005ul + 1442695040888963407ul;
	return *state >> 32;
}

/* traps.c */
void traps_install(void);
void trap_set(u32 vector, void (*handler)(void));
void trap_reset(u32 vector);

/* main.c: reports on the console and ends the run with a failure. */
void fail(const char *reason, const char *detail) __attribute__((noreturn));
void fail_trap(u64 vector, u64 error, u64 rip, u64 address) __attribute__((noreturn));

#endif
