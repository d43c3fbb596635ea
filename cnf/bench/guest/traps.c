/* Interrupt descriptor table: an exception that no kernel expects ends the run with a report. */
#include "guest.h"

#define VECTORS 256
#define EXCEPTIONS 32
#define STUB_BYTES 16
#define CODE64 0x08ul
#define INTERRUPT_GATE 0x8eul

struct gate {
	u64 low, high;
};

extern u8 trap_stubs[];

static struct gate idt[VECTORS];

void trap_set(u32 vector, void (*handler)(void))
{
	u64 address = (u64) handler;
	idt[vector].low = (address & 0xffff) | CODE64 << 16 | INTERRUPT_GATE << 40 | (address >> 16 & 0xffff) << 48;
	idt[vector].high = address >> 32;
}

void trap_reset(u32 vector)
{
	if (vector < EXCEPTIONS)
		trap_set(vector, (void (*)(void)) (trap_stubs + vector * STUB_BYTES));
	else
		idt[vector] = (struct gate) { 0, 0 };
}

void traps_install(void)
{
	struct __attribute__((packed)) {
		u16 limit;
		u64 base;
	} pointer = { sizeof(idt) - 1, (u64) idt };

	for (u32 vector = 0; vector < EXCEPTIONS; vector++)
		trap_reset(vector);
	asm volatile("lidt %0" : : "m"(pointer));
}
