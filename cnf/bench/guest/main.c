/* The run: reads the command line, runs the selected kernels, reports on port 0xE9, ends through port 0xF4. */
#include "guest.h"

#define CONSOLE_PORT 0xe9
#define EXIT_PORT 0xf4
#define MULTIBOOT_LOADED 0x2badb002u

/* Multiboot information, as far as it is used (Multiboot 0.6.96, section 3.3). */
struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper;       /* KiB */
	u32 boot_device;
	u32 cmdline;
};
#define HAS_MEMORY 0x1u
#define HAS_CMDLINE 0x4u

static const struct kernel *const parts[] = { integer_kernels, memory_kernels, vector_kernels, system_kernels };

static void print(const char *text)
{
	while (*text)
		out8(CONSOLE_PORT, *text++);
}

static void print_hex(u64 value)
{
	int shift = 60;
	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		out8(CONSOLE_PORT, "0123456789abcdef"[value >> shift & 15]);
}

static void __attribute__((noreturn)) end(u32 status)
{
	out32(EXIT_PORT, status);
	for (;;)
		asm volatile("cli; hlt");
}

void fail(const char *reason, const char *detail)
{
	print("FAIL ");
	print(reason);
	print(detail);
	print("\n");
	end(1);
}

void fail_trap(u64 vector, u64 error, u64 rip, u64 address)
{
	print("FAIL exception ");
	print_hex(vector);
	print(" error ");
	print_hex(error);
	print(" rip ");
	print_hex(rip);
	print(" cr2 ");
	print_hex(address);
	print("\n");
	end(1);
}

/* The value of the last word `key=value` of the command line, or null; it ends at a blank or at the end. */
static const char *option(const char *line, const char *key)
{
	const char *found = 0;
	while (*line) {
		const char *word = line, *wanted = key;
		while (*wanted && *word == *wanted)
			word++, wanted++;
		if (!*wanted && *word == '=')
			found = word + 1;
		while (*line && *line != ' ')
			line++;
		while (*line == ' ')
			line++;
	}
	return found;
}

static int ends_value(char c) { return c == 0 || c == ' '; }

static u64 scale_of(const char *text)
{
	u64 scale = 0;
	const char *digit = text;
	while (*digit >= '0' && *digit <= '9' && scale < 1000000)
		scale = scale * 10 + (*digit++ - '0');
	if (!ends_value(*digit) || scale == 0 || scale > 1000000)
		fail("scale is not a number from 1 to 1000000: ", text);
	return scale;
}

/* Whether the item of a list that starts here is this kernel's name or its group. */
static int names(const char *item, const char *name)
{
	while (*name && *item == *name)
		item++, name++;
	return (ends_value(*item) || *item == ',') && (*name == 0 || *name == '.');
}

/* The item after this one, or null. */
static const char *next_item(const char *list)
{
	while (!ends_value(*list) && *list != ',')
		list++;
	return *list == ',' ? list + 1 : 0;
}

static int selected(const char *only, const char *name)
{
	for (const char *item = only; item; item = next_item(item))
		if (names(item, name))
			return 1;
	return only == 0;
}

static void check_selection(const char *only)
{
	for (const char *item = only; item; item = next_item(item)) {
		int known = 0;
		for (u64 part = 0; part < COUNT_OF(parts); part++)
			for (const struct kernel *kernel = parts[part]; kernel->name; kernel++)
				known |= names(item, kernel->name);
		if (!known)
			fail("no kernel or group has this name: ", item);
	}
}

static void run(const struct kernel *kernel, u64 scale)
{
	u64 count = kernel->count / scale;
	if (count == 0)
		count = 1;
	print("S ");
	print(kernel->name);
	print("\n");
	u64 start = read_tsc();
	u64 result = kernel->run(count);
	u64 ticks = read_tsc() - start;
	print("E ");
	print(kernel->name);
	print(" ");
	print_hex(ticks);
	print(" ");
	print_hex(result);
	print(" ");
	print_hex(count);
	print("\n");
}

void guest_main(u32 magic, const struct multiboot_info *info)
{
	traps_install();
	if (magic != MULTIBOOT_LOADED)
		fail("not started by a multiboot loader", "");
	if (info->flags & HAS_MEMORY && info->mem_upper * KIB < NEEDED_BYTES - 2 * MIB)
		fail("less than 64 MiB of memory", "");
	const char *line = info->flags & HAS_CMDLINE ? (const char *) (u64) info->cmdline : "";
	const char *scale_text = option(line, "scale");
	const char *only = option(line, "only");
	u64 scale = scale_text ? scale_of(scale_text) : 1;
	check_selection(only);

	print("BEGIN\n");
	for (u64 part = 0; part < COUNT_OF(parts); part++)
		for (const struct kernel *kernel = parts[part]; kernel->name; kernel++)
			if (selected(only, kernel->name))
				run(kernel, scale);
	print("DONE\n");
	end(0);
}
