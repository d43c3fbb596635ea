/* What an operating system does: paging, exceptions, devices and model-specific registers, code that changes. */
#include "guest.h"

extern void trap_count(void), trap_skip(void);

#define SOFTWARE_VECTOR 0x40
#define PAGE_FAULT 14
#define DELAY_PORT 0x80
#define UART_LINE_STATUS 0x3fd
#define TRANSMITTER_EMPTY 0x20
#define APIC_VERSION ((volatile u32 *) 0xfee00030ul)
#define APIC_BASE_MSR 0x1b

static volatile u64 *window_word(u64 page, u64 word) { return (volatile u64 *) (WINDOW + page * PAGE_BYTES) + word; }

/* Marks each page of the window with its number and lets every entry point to its own frame. */
static void number_pages(u64 pages)
{
	for (u64 page = 0; page < pages; page++)
		for (u64 word = 0; word < 8; word++)
			*window_word(page, word) = page * 8 + word;
}

static void invalidate(const volatile void *address)
{
	asm volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* One word in each of 768 small pages: more than small translation caches hold. */
static u64 paging_reach(u64 count)
{
	enum { PAGES = 768 };
	u64 sum = 0;
	number_pages(PAGES);
	for (u64 i = 0; i < count; i++)
		for (u64 page = 0; page < PAGES; page++)
			sum += *window_word(page, i & 7);
	return sum;
}

/* 16 places 1 MiB apart: a direct-mapped translation cache may hold only one of them. */
static u64 paging_stride(u64 count)
{
	enum { PLACES = 16 };
	u64 sum = 0;
	for (u64 place = 0; place < PLACES; place++)
		for (u64 word = 0; word < 64; word++)
			((u64 *) (ARENA + place * MIB))[word] = place * word;
	for (u64 i = 0; i < count; i++)
		for (u64 place = 0; place < PLACES; place++)
			sum += ((volatile u64 *) (ARENA + place * MIB))[i & 63];
	return sum;
}

/* Points an entry to another frame, invalidates it, reads through it. */
static u64 paging_invlpg(u64 count)
{
	enum { PAGES = 16 };
	u64 sum = 0, first = window_ptes[0] & ~0xffful;
	number_pages(PAGES);
	for (u64 i = 0; i < count; i++) {
		u64 page = i % PAGES;
		window_ptes[page] = (first + i * 7 % PAGES * PAGE_BYTES) | 3;
		invalidate(window_word(page, 0));
		sum = mix(sum, *window_word(page, 0));
	}
	for (u64 page = 0; page < PAGES; page++) {
		window_ptes[page] = (first + page * PAGE_BYTES) | 3;
		invalidate(window_word(page, 0));
	}
	return sum;
}

/* Loads CR3, touches 16 pages. */
static u64 paging_cr3(u64 count)
{
	enum { PAGES = 16 };
	u64 sum = 0, root;
	number_pages(PAGES);
	asm volatile("mov %%cr3, %0" : "=r"(root));
	for (u64 i = 0; i < count; i++) {
		asm volatile("mov %0, %%cr3" : : "r"(root) : "memory");
		for (u64 page = 0; page < PAGES; page++)
			sum += *window_word(page, i & 7);
	}
	return sum;
}

static u64 exception_int(u64 count)
{
	u64 taken = 0;
	trap_set(SOFTWARE_VECTOR, trap_count);
	for (u64 i = 0; i < count; i++)
		asm volatile("mov %0, %%r10\n\tint %1\n\tmov %%r10, %0" : "+r"(taken) : "i"(SOFTWARE_VECTOR) : "r10", "memory", "cc");
	trap_reset(SOFTWARE_VECTOR);
	return taken;
}

/* Reads an absent page; the handler adds error code and address, then skips the read. */
static u64 exception_fault(u64 count)
{
	u64 sum = 0;
	trap_set(PAGE_FAULT, trap_skip);
	for (u64 i = 0; i < count; i++)
		asm volatile("mov %0, %%r10\n\tlea 1f(%%rip), %%r11\n\tmov (%1), %%r9\n1:\n\tmov %%r10, %0"
			: "+r"(sum) : "r"(window_word(WINDOW_PAGES - 1, i & 511)) : "r9", "r10", "r11", "memory", "cc");
	trap_reset(PAGE_FAULT);
	return sum;
}

static u64 exit_out(u64 count)
{
	for (u64 i = 0; i < count; i++)
		out8(DELAY_PORT, i);
	return count;
}

static u64 exit_in(u64 count)
{
	u64 ready = 0;
	for (u64 i = 0; i < count; i++)
		ready += (in8(UART_LINE_STATUS) & TRANSMITTER_EMPTY) != 0;
	return ready;
}

/* The version register of an integrated local APIC reads 1xh, whatever the model. */
static u64 exit_mmio(u64 count)
{
	u64 integrated = 0;
	for (u64 i = 0; i < count; i++)
		integrated += (*APIC_VERSION & 0xf0) == 0x10;
	return integrated;
}

static u64 exit_rdmsr(u64 count)
{
	u64 sum = 0;
	for (u64 i = 0; i < count; i++) {
		u32 low, high;
		asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(APIC_BASE_MSR));
		sum += low & 0xfffff800;        /* base and enable bit */
	}
	return sum;
}

static u64 exit_cpuid(u64 count)
{
	enum { FPU = 1 << 0, TSC = 1 << 4, MSR = 1 << 5, PAE = 1 << 6, APIC = 1 << 9, SSE = 1 << 25, SSE2 = 1 << 26 };
	u64 sum = 0;
	for (u64 i = 0; i < count; i++) {
		u32 eax = 1, ebx, ecx = 0, edx;
		asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
		sum += edx & (FPU | TSC | MSR | PAE | APIC | SSE | SSE2);
	}
	return sum;
}

static u64 exit_rdtsc(u64 count)
{
	u64 backwards = 0, last = 0;
	for (u64 i = 0; i < count; i++) {
		u64 now = read_tsc();
		backwards += now < last;
		last = now;
	}
	return backwards;
}

typedef u32 routine(void);

/* Writes `mov $value, %eax; ret`. */
static routine *write_routine(u8 *at, u32 value)
{
	at[0] = 0xb8;
	*(volatile u32 *) (at + 1) = value;
	at[5] = 0xc3;
	asm volatile("" : : : "memory");
	return (routine *) at;
}

/* Changes the operand of an instruction, then runs it. */
static u64 code_patch(u64 count)
{
	routine *routine = write_routine(ARENA, 0);
	u64 sum = 0;
	for (u64 i = 0; i < count; i++) {
		*(volatile u32 *) (ARENA + 1) = i;
		asm volatile("" : : : "memory");
		sum = mix(sum, routine());
	}
	return sum;
}

/* Writes new routines one behind the other through 64 KiB, as a compiler in the guest does, and runs each of them. */
static u64 code_emit(u64 count)
{
	enum { ROUTINES = 64 * KIB / 16 };
	u64 sum = 0;
	for (u64 i = 0; i < count; i++)
		sum = mix(sum, write_routine(ARENA + i % ROUTINES * 16, i)());
	return sum;
}

/* Runs code whose page also holds a counter that changes: no instruction does. */
static u64 code_beside(u64 count)
{
	volatile u64 *counter = (volatile u64 *) (ARENA + 2048);
	routine *routine = write_routine(ARENA, 3);
	*counter = 0;
	for (u64 i = 0; i < count; i++)
		*counter += routine();
	return *counter;
}

const struct kernel system_kernels[] = {
	{ "paging.reach", paging_reach, 9000 },
	{ "paging.stride", paging_stride, 500000 },
	{ "paging.invlpg", paging_invlpg, 2700000 },
	{ "paging.cr3", paging_cr3, 220000 },
	{ "exception.int", exception_int, 2200000 },
	{ "exception.fault", exception_fault, 1800000 },
	{ "exit.out", exit_out, 20000000 },
	{ "exit.in", exit_in, 18000000 },
	{ "exit.mmio", exit_mmio, 17000000 },
	{ "exit.rdmsr", exit_rdmsr, 90000000 },
	{ "exit.cpuid", exit_cpuid, 90000000 },
	{ "exit.rdtsc", exit_rdtsc, 70000000 },
	{ "code.patch", code_patch, 100000 },
	{ "code.emit", code_emit, 35000 },
	{ "code.beside", code_beside, 250000 },
	{ 0, 0, 0 },
};
