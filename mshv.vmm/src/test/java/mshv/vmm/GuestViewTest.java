package mshv.vmm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HexFormat;
import java.util.OptionalLong;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import mshv.api.Register;
import mshv.api.RegisterValue;
import mshv.fake.FakeProcessor;
import mshv.fake.Intercepts;
import mshv.vmm.memory.GuestRam;

class GuestViewTest {
	private static final int LONG_MODE = 0x500;
	private static final long CODE = 0x1000, TABLE = 0x3000;

	private final GuestRam ram = new GuestRam(1 << 20);
	private final FakeProcessor processor = FakeProcessor.idle(false);
	private final GuestView view = new GuestView(processor, ram);

	@AfterEach
	void close() {
		ram.close();
	}

	private void inMode(RegisterValue code, long cr0, long efer) {
		processor.registers.put(Register.CS, code);
		processor.registers.put(Register.CR0, RegisterValue.of(cr0));
		processor.registers.put(Register.EFER, RegisterValue.of(efer));
		processor.registers.put(Register.IDTR, RegisterValue.table(TABLE, 0xFFF));
		processor.registers.put(Register.GDTR, RegisterValue.table(0x2000, 0xFF));
	}

	private int opcode(String hex) {
		processor.registers.put(Register.RIP, RegisterValue.of(CODE));
		ram.write(CODE, new byte[16]);
		ram.write(CODE, HexFormat.of().parseHex(hex));
		return view.opcode();
	}

	@Test
	void theOpcodeComesAfterThePrefixes() {
		inMode(Intercepts.CODE_64, 1, LONG_MODE);
		assertEquals(0x9C, opcode("669c"));
		assertEquals(0x9C, opcode("489c"));
		assertEquals(0x0F05, opcode("480f05"));
		assertEquals(0x0FCD, opcode("0fcd"), "BSWAP is no INT");
		assertEquals(GuestView.INT + 0x80, opcode("cd80"));
		inMode(Intercepts.CODE_32, 1, 0);
		assertEquals(0x48, opcode("489c"), "no prefix outside 64-bit mode");
	}

	@Test
	void handlersAreFoundInTheTableOfEachMode() {
		inMode(Intercepts.CODE_64, 1, LONG_MODE);
		ram.writeValue(TABLE + 16 * 14, 8, 0x81008E0000105678L);
		ram.writeValue(TABLE + 16 * 14 + 8, 8, 0xFFFFFFFFL);
		assertEquals(OptionalLong.of(0xFFFF_FFFF_8100_5678L), view.handler(14));
		inMode(Intercepts.CODE_32, 1, 0);
		ram.writeValue(0x2008, 8, 0x01CF9A020000FFFFL);
		ram.writeValue(TABLE + 8 * 6, 8, 0x00108E0000085678L);
		assertEquals(OptionalLong.of(0x0112_5678), view.handler(6));
		ram.writeValue(TABLE + 8 * 6, 8, 0x0000850000080000L);
		assertEquals(OptionalLong.empty(), view.handler(6), "a task gate");
		inMode(Intercepts.CODE_16, 0, 0);
		ram.writeValue(TABLE + 4 * 3, 4, 0x2000_0010);
		assertEquals(OptionalLong.of(0x20010), view.handler(3));
	}

	@Test
	void bitsOnTopOfTheStackAreCleared() {
		inMode(Intercepts.CODE_16, 0, 0);
		processor.registers.put(Register.SS, RegisterValue.segment(0x4000, 0xFFFF, 0x400, 0x93));
		processor.registers.put(Register.RSP, RegisterValue.of(0x1_0100));
		ram.writeValue(0x4100, 4, 0xFFFF_FFFFL);
		view.clearOnStack(0x100);
		assertEquals(0xFFFF_FEFFL, ram.readValue(0x4100, 4));
	}
}
