package mshv.tck;

import java.io.ByteArrayOutputStream;

/** Machine code of a small guest program, instruction by instruction (Intel SDM vol. 2). Not safe for use by several threads. */
public final class GuestCode {
	private static final int OPERAND_SIZE = 0x66;
	private static final int REX_W = 0x48;

	private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
	/** Default operand size in bytes. */
	private final int operandSize;

	private GuestCode(int operandSize) {
		this.operandSize = operandSize;
	}

	/** @return a program for real mode */
	public static GuestCode forRealMode() {
		return new GuestCode(2);
	}

	/** @return a program for 64-bit mode */
	public static GuestCode forLongMode() {
		return new GuestCode(4);
	}

	/** @return the code */
	public byte[] toBytes() {
		return bytes.toByteArray();
	}

	/** @return offset of the next instruction */
	public int position() {
		return bytes.size();
	}

	/** Adds bytes as they are. @return this */
	public GuestCode raw(int... code) {
		for (int b : code) {
			bytes.write(b);
		}
		return this;
	}

	private GuestCode immediate(long value, int size) {
		for (int i = 0; i < size; i++) {
			bytes.write((int) (value >> 8 * i));
		}
		return this;
	}

	/** A prefix, where the operand has not the default size of 16 or 32 bits. */
	private GuestCode sized(int size) {
		return size == 1 || size == operandSize ? this : raw(OPERAND_SIZE);
	}

	/** MOV AL, value. @return this */
	public GuestCode movAl(int value) {
		return raw(0xB0, value);
	}

	/** MOV DX, value. @return this */
	public GuestCode movDx(int value) {
		return sized(2).raw(0xBA).immediate(value, 2);
	}

	/** MOV EAX, value. @return this */
	public GuestCode movEax(int value) {
		return sized(4).raw(0xB8).immediate(value, 4);
	}

	/** MOV ECX, value. @return this */
	public GuestCode movEcx(int value) {
		return sized(4).raw(0xB9).immediate(value, 4);
	}

	/** MOV EDX, value. @return this */
	public GuestCode movEdx(int value) {
		return sized(4).raw(0xBA).immediate(value, 4);
	}

	/** MOV RAX, value; 64-bit mode. @return this */
	public GuestCode movRax(long value) {
		return raw(REX_W, 0xB8).immediate(value, 8);
	}

	/** MOV RSI, value; 64-bit mode. @return this */
	public GuestCode movRsi(long value) {
		return raw(REX_W, 0xBE).immediate(value, 8);
	}

	/** MOV RDI, value; 64-bit mode. @return this */
	public GuestCode movRdi(long value) {
		return raw(REX_W, 0xBF).immediate(value, 8);
	}

	/** MOV EAX, [RDI]; 64-bit mode. @return this */
	public GuestCode loadEax() {
		return raw(0x8B, 0x07);
	}

	/** MOV [RDI], EAX; 64-bit mode. @return this */
	public GuestCode storeEax() {
		return raw(0x89, 0x07);
	}

	/** MOV DWORD [RDI], value; 64-bit mode. @return this */
	public GuestCode store(int value) {
		return raw(0xC7, 0x07).immediate(value, 4);
	}

	/** INC QWORD [RDI]; 64-bit mode. @return this */
	public GuestCode increment() {
		return raw(REX_W, 0xFF, 0x07);
	}

	/** PUSH RDI; 64-bit mode. @return this */
	public GuestCode pushRdi() {
		return raw(0x57);
	}

	/** POP RDI; 64-bit mode. @return this */
	public GuestCode popRdi() {
		return raw(0x5F);
	}

	/** OUT DX, AL, AX or EAX. @param size 1, 2 or 4
	 * @return this */
	public GuestCode out(int size) {
		return sized(size).raw(size == 1 ? 0xEE : 0xEF);
	}

	/** IN AL, AX or EAX, DX. @param size 1, 2 or 4
	 * @return this */
	public GuestCode in(int size) {
		return sized(size).raw(size == 1 ? 0xEC : 0xED);
	}

	/** REP OUTSB. @return this */
	public GuestCode repeatOutsb() {
		return raw(0xF3, 0x6E);
	}

	/** REP INSB. @return this */
	public GuestCode repeatInsb() {
		return raw(0xF3, 0x6C);
	}

	/** CPUID. @return this */
	public GuestCode cpuid() {
		return raw(0x0F, 0xA2);
	}

	/** RDMSR. @return this */
	public GuestCode rdmsr() {
		return raw(0x0F, 0x32);
	}

	/** WRMSR. @return this */
	public GuestCode wrmsr() {
		return raw(0x0F, 0x30);
	}

	/** RDTSC. @return this */
	public GuestCode rdtsc() {
		return raw(0x0F, 0x31);
	}

	/** UD2: raises #UD. @return this */
	public GuestCode ud2() {
		return raw(0x0F, 0x0B);
	}

	/** STI. @return this */
	public GuestCode sti() {
		return raw(0xFB);
	}

	/** CLI. @return this */
	public GuestCode cli() {
		return raw(0xFA);
	}

	/** HLT. @return this */
	public GuestCode hlt() {
		return raw(0xF4);
	}

	/** IRETQ. @return this */
	public GuestCode iretq() {
		return raw(REX_W, 0xCF);
	}

	/** JMP to an earlier instruction, or to itself. @param position up to 126 bytes back
	 * @return this */
	public GuestCode jump(int position) {
		return raw(0xEB, position - position() - 2);
	}

	/** An endless loop. @return this */
	public GuestCode loopForever() {
		return jump(position());
	}
}
