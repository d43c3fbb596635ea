/*
 * Multiboot 1 entry: from 32-bit protected mode to 64-bit long mode with paging, then guest_main(magic, info).
 * Map: 4 GiB identity in 2 MiB pages, but for the 4 MiB at 1 GiB, which are the 4 KiB pages of the window.
 */
#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000002	/* wants the memory sizes */

#define CODE64 0x08
#define DATA 0x10
#define CODE32 0x18

#define PRESENT_WRITABLE 0x003
#define LARGE_PAGE 0x083
#define UNCACHED 0x018
#define WINDOW_FRAMES 0x3000000		/* as in guest.h: 48 MiB */
#define WINDOW_PAGES 1024
#define WINDOW_PDE (0x40000000 >> 21)
#define APIC_PDE (0xFEE00000 >> 21)

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
	.globl entry
entry:
	cli
	cld
	mov %eax, %edi			/* the two arguments of guest_main, kept from here on */
	mov %ebx, %esi
	lgdt gdt_pointer
	ljmp $CODE32, $1f
1:	mov $DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs

	movl $pdpt + PRESENT_WRITABLE, pml4
	mov $page_directories + PRESENT_WRITABLE, %eax
	xor %ecx, %ecx
1:	mov %eax, pdpt(, %ecx, 8)
	add $0x1000, %eax
	inc %ecx
	cmp $4, %ecx
	jne 1b

	mov $LARGE_PAGE, %eax
	xor %ecx, %ecx
1:	mov %eax, page_directories(, %ecx, 8)
	add $0x200000, %eax
	inc %ecx
	cmp $2048, %ecx
	jne 1b
	orl $UNCACHED, page_directories + APIC_PDE * 8

	movl $window_ptes + PRESENT_WRITABLE, page_directories + WINDOW_PDE * 8
	movl $window_ptes + 0x1000 + PRESENT_WRITABLE, page_directories + WINDOW_PDE * 8 + 8
	mov $WINDOW_FRAMES + PRESENT_WRITABLE, %eax
	xor %ecx, %ecx
1:	mov %eax, window_ptes(, %ecx, 8)
	add $0x1000, %eax
	inc %ecx
	cmp $WINDOW_PAGES - 1, %ecx	/* the last page stays absent */
	jne 1b

	mov $0x620, %eax		/* CR4: PAE, OSFXSR, OSXMMEXCPT */
	mov %eax, %cr4
	mov $pml4, %eax
	mov %eax, %cr3
	mov $0xC0000080, %ecx		/* EFER.LME */
	rdmsr
	or $0x100, %eax
	wrmsr
	mov $0x80010033, %eax		/* CR0: PG, WP, NE, ET, MP, PE */
	mov %eax, %cr0
	ljmp $CODE64, $1f

	.code64
1:	mov $stack_top, %esp
	mov %edi, %edi			/* upper halves are undefined after the switch */
	mov %esi, %esi
	fninit
	call guest_main
1:	cli
	hlt
	jmp 1b

/* One stub for each processor exception, 16 bytes apart: leaves vector, error code, RIP on the stack. */
	.macro trap_stub vector
	.align 16
	.if !(0x60227D00 >> \vector & 1)	/* vectors that push an error code themselves */
	push $0
	.endif
	push $\vector
	jmp trap_fatal
	.endm

	.align 16
	.globl trap_stubs
trap_stubs:
	.irp vector, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	trap_stub \vector
	.endr
	.irp vector, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	trap_stub \vector
	.endr

trap_fatal:
	pop %rdi
	pop %rsi
	pop %rdx
	mov %cr2, %rcx
	and $-16, %rsp
	call fail_trap

/* Handlers of the exception kernels; they work in registers that the kernels set aside. */
	.globl trap_count
trap_count:				/* r10 += 1 */
	inc %r10
	iretq

	.globl trap_skip
trap_skip:				/* r10 += error code + CR2; continue at r11 */
	pop %r9
	add %r9, %r10
	mov %cr2, %r9
	add %r9, %r10
	mov %r11, (%rsp)
	iretq

	.section .rodata
	.align 8
gdt:	.quad 0
	.quad 0x00AF9B000000FFFF	/* CODE64 */
	.quad 0x00CF93000000FFFF	/* DATA */
	.quad 0x00CF9B000000FFFF	/* CODE32 */
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long gdt

	.bss
	.align 4096
pml4:	.skip 4096
pdpt:	.skip 4096
page_directories:
	.skip 4 * 4096
	.globl window_ptes
window_ptes:
	.skip 2 * 4096
	.skip 64 * 1024
stack_top:

	.section .note.GNU-stack, "", @progbits
