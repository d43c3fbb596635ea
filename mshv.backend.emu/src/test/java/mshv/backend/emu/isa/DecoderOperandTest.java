package mshv.backend.emu.isa;

import static mshv.backend.emu.isa.Decoded.of;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class DecoderOperandTest {
	private static Instruction assertOperands(Opcode opcode, OperandKind destination, OperandKind source, int mode, String hex) {
		Instruction i = of(mode, hex);
		assertEquals(opcode, i.opcode, hex);
		assertEquals(destination, i.destination, "destination of " + hex);
		assertEquals(source, i.source, "source of " + hex);
		return i;
	}

	private static void assertSizes(int operand, int source, Instruction i) {
		assertEquals(operand, i.operandSize, "operand size");
		assertEquals(source, i.sourceSize, "source size");
	}

	@Test
	void theDestinationIsTheFirstOperand() {
		assertOperands(Opcode.CMP, OperandKind.MEMORY, OperandKind.GPR, 64, "39 07");
		assertOperands(Opcode.TEST, OperandKind.GPR, OperandKind.GPR, 64, "85 c0");
		assertOperands(Opcode.XCHG, OperandKind.MEMORY, OperandKind.GPR, 64, "87 07");
		assertOperands(Opcode.XADD, OperandKind.MEMORY, OperandKind.GPR, 64, "0f c1 07");
		assertOperands(Opcode.CMPXCHG, OperandKind.MEMORY, OperandKind.GPR, 64, "0f b1 07");
		assertOperands(Opcode.LEA, OperandKind.GPR, OperandKind.MEMORY, 64, "8d 07");
		assertOperands(Opcode.MUL, OperandKind.GPR, OperandKind.NONE, 64, "f7 e1");
	}

	@Test
	void immediatesAreSignExtended() {
		assertEquals(-1, of(64, "48 83 c0 ff").immediate);
		assertEquals(-2, of(64, "48 81 c0 fe ff ff ff").immediate);
		assertEquals(-3, of(64, "68 fd ff ff ff").immediate);
		assertEquals(-4, of(64, "66 68 fc ff").immediate);
		assertEquals(0x8877665544332211L, of(64, "48 b8 11 22 33 44 55 66 77 88").immediate);
	}

	@Test
	void countsPortsVectorsAndFrameSizesAreUnsigned() {
		assertEquals(0xff, of(64, "c1 e0 ff").immediate);
		assertEquals(0xfe, of(64, "e4 fe").immediate);
		assertEquals(0x80, of(64, "cd 80").immediate);
		assertEquals(0xfff8, of(64, "c2 f8 ff").immediate);
		assertEquals(0xff, of(64, "c8 f0 ff ff").immediate2);
		assertEquals(0xfff0, of(64, "c8 f0 ff ff").immediate);
	}

	@Test
	void shiftsCountByImmediateOrCl() {
		Instruction byCl = assertOperands(Opcode.SHL, OperandKind.MEMORY, OperandKind.GPR, 64, "48 d3 27");
		assertEquals(1, byCl.sourceRegister);
		assertSizes(8, 1, byCl);
		assertEquals(1, assertOperands(Opcode.SAR, OperandKind.GPR, OperandKind.IMMEDIATE, 64, "d1 f8").immediate);
		assertEquals(Opcode.SHL, of(64, "c0 f0 03").opcode);
	}

	@Test
	void threeOperandFormsSayWhetherTheyHaveAnImmediate() {
		assertTrue(of(64, "0f a4 c8 05").hasImmediate);
		assertFalse(of(64, "0f a5 c8").hasImmediate);
		assertTrue(of(64, "6b c1 80").hasImmediate);
		assertEquals(-128, of(64, "6b c1 80").immediate);
		assertFalse(of(64, "0f af c1").hasImmediate);
		assertTrue(of(64, "66 0f 70 c1 e4").hasImmediate);
		assertEquals(0xe4, of(64, "66 0f 70 c1 e4").immediate);
		assertFalse(of(64, "83 c0 01").hasImmediate);
	}

	@Test
	void extendingMovesNameBothSizes() {
		assertSizes(8, 1, of(64, "48 0f b6 c1"));
		assertSizes(4, 2, of(64, "0f bf c1"));
		assertSizes(8, 4, assertOperands(Opcode.MOVSX, OperandKind.GPR, OperandKind.GPR, 64, "48 63 c1"));
		assertSizes(2, 2, of(64, "66 63 c1"));
	}

	@Test
	void portsAreImmediateOrDx() {
		Instruction in = assertOperands(Opcode.IN, OperandKind.GPR, OperandKind.GPR, 64, "ed");
		assertEquals(2, in.sourceRegister);
		assertSizes(4, 2, in);
		assertEquals(4, of(64, "48 ed").operandSize);
		assertOperands(Opcode.IN, OperandKind.GPR, OperandKind.IMMEDIATE, 64, "e4 60");
		Instruction out = assertOperands(Opcode.OUT, OperandKind.GPR, OperandKind.GPR, 64, "66 ef");
		assertEquals(2, out.destinationRegister);
		assertEquals(2, out.operandSize);
		assertEquals(1, assertOperands(Opcode.OUT, OperandKind.IMMEDIATE, OperandKind.GPR, 64, "e6 60").operandSize);
	}

	@Test
	void stackOperationsAreEightBytesWideIn64BitMode() {
		assertEquals(8, of(64, "50").operandSize);
		assertEquals(2, of(64, "66 50").operandSize);
		assertEquals(8, of(64, "9c").operandSize);
		assertEquals(8, of(64, "ff 37").operandSize);
		assertEquals(8, of(64, "c9").operandSize);
		assertEquals(4, of(64, "cf").operandSize);
		assertEquals(8, of(64, "48 cf").operandSize);
		assertEquals(4, of(64, "cb").operandSize);
		assertOperands(Opcode.PUSH, OperandKind.IMMEDIATE, OperandKind.NONE, 64, "6a 01");
		assertEquals(4, assertOperands(Opcode.PUSH_SEG, OperandKind.SEGMENT, OperandKind.NONE, 64, "0f a0").destinationRegister);
		assertEquals(3, assertOperands(Opcode.POP_SEG, OperandKind.SEGMENT, OperandKind.NONE, 16, "1f").destinationRegister);
	}

	@Test
	void farTransfersCarrySelectorAndOffset() {
		Instruction direct = assertOperands(Opcode.JMP_FAR, OperandKind.NONE, OperandKind.IMMEDIATE, 16, "66 ea 78 56 34 92 08 00");
		assertEquals(0x92345678L, direct.immediate);
		assertEquals(8, direct.immediate2);
		assertEquals(4, direct.operandSize);
		assertEquals(2, assertOperands(Opcode.CALL_FAR, OperandKind.NONE, OperandKind.IMMEDIATE, 16, "9a 00 f0 00 f0").operandSize);
		assertEquals(8, assertOperands(Opcode.JMP_FAR, OperandKind.MEMORY, OperandKind.NONE, 64, "48 ff 2f").operandSize);
		assertEquals(2, assertOperands(Opcode.LSS, OperandKind.GPR, OperandKind.MEMORY, 64, "66 0f b2 07").operandSize);
		assertOperands(Opcode.LES, OperandKind.GPR, OperandKind.MEMORY, 32, "c4 07");
	}

	@Test
	void indirectBranchesHaveADestination() {
		assertOperands(Opcode.CALL_INDIRECT, OperandKind.GPR, OperandKind.NONE, 64, "ff d0");
		assertOperands(Opcode.JMP_INDIRECT, OperandKind.MEMORY, OperandKind.NONE, 64, "ff 27");
	}

	@Test
	void controlAndDebugRegistersAreMovedWholeWhateverModSays() {
		Instruction to = assertOperands(Opcode.MOV_TO_CR, OperandKind.CONTROL, OperandKind.GPR, 64, "0f 22 18");
		assertEquals(3, to.destinationRegister);
		assertEquals(0, to.sourceRegister);
		assertEquals(8, to.operandSize);
		assertEquals(8, assertOperands(Opcode.MOV_FROM_CR, OperandKind.GPR, OperandKind.CONTROL, 64, "44 0f 20 c0").sourceRegister);
		assertEquals(4, assertOperands(Opcode.MOV_FROM_DR, OperandKind.GPR, OperandKind.DEBUG, 32, "0f 21 f8").operandSize);
		assertOperands(Opcode.MOV_TO_DR, OperandKind.DEBUG, OperandKind.GPR, 64, "0f 23 f8");
	}

	@Test
	void segmentRegistersAreSixteenBitsInMemory() {
		assertEquals(2, assertOperands(Opcode.MOV_FROM_SEG, OperandKind.MEMORY, OperandKind.SEGMENT, 64, "48 8c 1f").operandSize);
		assertEquals(8, assertOperands(Opcode.MOV_FROM_SEG, OperandKind.GPR, OperandKind.SEGMENT, 64, "48 8c d8").operandSize);
		assertEquals(3, assertOperands(Opcode.MOV_TO_SEG, OperandKind.SEGMENT, OperandKind.GPR, 64, "44 8e d8").destinationRegister);
		assertEquals(2, of(64, "0f 00 07").operandSize);
		assertEquals(8, of(64, "48 0f 00 c0").operandSize);
	}

	@Test
	void systemInstructionsTakeTheirWidthFromTheMode() {
		assertEquals(8, assertOperands(Opcode.LGDT, OperandKind.MEMORY, OperandKind.NONE, 64, "0f 01 17").operandSize);
		assertEquals(2, of(16, "0f 01 17").operandSize);
		assertEquals(4, of(32, "0f 01 1f").operandSize);
		assertEquals(8, of(64, "48 0f 07").operandSize);
		assertEquals(4, of(64, "0f 07").operandSize);
		assertEquals(8, assertOperands(Opcode.WRGSBASE, OperandKind.GPR, OperandKind.NONE, 64, "f3 48 0f ae d8").operandSize);
		assertEquals(16, of(64, "48 0f c7 0f").operandSize);
		assertEquals(8, of(64, "0f c7 0f").operandSize);
	}

	@Test
	void conditionsAreThoseOfTheEquivalentJump() {
		assertEquals(5, of(64, "75 00").condition);
		assertEquals(15, of(64, "0f 9f c0").condition);
		assertEquals(2, of(64, "0f 42 c1").condition);
		assertEquals(2, of(64, "da c1").condition);
		assertEquals(7, of(64, "db d1").condition);
		assertEquals(11, of(64, "db d9").condition);
		assertEquals(Flag.CF | Flag.ZF, of(64, "db d1").flagUses());
	}

	@Test
	void floatMemoryFormsNameTheirWidth() {
		assertEquals(4, assertOperands(Opcode.FADD, OperandKind.ST, OperandKind.MEMORY, 64, "d8 07").operandSize);
		assertEquals(8, assertOperands(Opcode.FLD, OperandKind.NONE, OperandKind.MEMORY, 64, "dd 07").operandSize);
		assertEquals(10, assertOperands(Opcode.FSTP, OperandKind.MEMORY, OperandKind.NONE, 64, "db 3f").operandSize);
		assertEquals(2, assertOperands(Opcode.FILD, OperandKind.NONE, OperandKind.MEMORY, 64, "df 07").operandSize);
		assertEquals(28, assertOperands(Opcode.FNSTENV, OperandKind.MEMORY, OperandKind.NONE, 64, "d9 37").operandSize);
		assertEquals(14, of(32, "66 d9 27").operandSize);
		assertEquals(94, of(16, "dd 37").operandSize);
		assertEquals(108, assertOperands(Opcode.FRSTOR, OperandKind.NONE, OperandKind.MEMORY, 32, "dd 27").operandSize);
		assertSizes(512, 8, assertOperands(Opcode.FXSAVE, OperandKind.MEMORY, OperandKind.NONE, 64, "48 0f ae 07"));
		assertSizes(512, 4, assertOperands(Opcode.FXRSTOR, OperandKind.NONE, OperandKind.MEMORY, 64, "0f ae 0f"));
	}

	@Test
	void floatRegisterFormsNameBothRegisters() {
		Instruction add = assertOperands(Opcode.FADD, OperandKind.ST, OperandKind.ST, 64, "dc c3");
		assertEquals(3, add.destinationRegister);
		assertEquals(0, add.sourceRegister);
		Instruction reversed = assertOperands(Opcode.FSUBR, OperandKind.ST, OperandKind.ST, 64, "dc e3");
		assertEquals(3, reversed.destinationRegister);
		assertEquals(2, assertOperands(Opcode.FLD, OperandKind.NONE, OperandKind.ST, 64, "d9 c2").sourceRegister);
		assertEquals(2, assertOperands(Opcode.FSTP, OperandKind.ST, OperandKind.NONE, 64, "dd da").destinationRegister);
		assertEquals(1, assertOperands(Opcode.FXCH, OperandKind.ST, OperandKind.ST, 64, "d9 c9").sourceRegister);
		assertEquals(2, assertOperands(Opcode.FNSTSW, OperandKind.GPR, OperandKind.NONE, 64, "df e0").operandSize);
	}

	@Test
	void undocumentedFloatAliasesHaveTheirPlainNames() {
		assertEquals(Opcode.FCOM, of(64, "dc d0").opcode);
		assertEquals(Opcode.FCOMP, of(64, "dc d8").opcode);
		assertEquals(Opcode.FXCH, of(64, "dd c8").opcode);
		assertEquals(Opcode.FCOMP, of(64, "de d0").opcode);
		assertEquals(Opcode.FXCH, of(64, "df c8").opcode);
		assertEquals(Opcode.FSTP, of(64, "df d0").opcode);
		assertEquals(Opcode.FSTP, of(64, "df d8").opcode);
		assertEquals(Opcode.FFREEP, of(64, "df c0").opcode);
		assertEquals(Opcode.FNOP, of(64, "db e0").opcode);
		assertEquals(Opcode.FNOP, of(64, "db e4").opcode);
	}

	@Test
	void vectorFormsNameTheWidthOfTheMemoryOperand() {
		assertEquals(4, of(64, "f3 0f 10 07").operandSize);
		assertEquals(8, of(64, "f2 0f 11 07").operandSize);
		assertEquals(16, of(64, "0f 28 07").operandSize);
		assertEquals(8, of(64, "0f 6f 07").operandSize);
		assertEquals(4, of(64, "0f 60 07").operandSize);
		assertEquals(16, of(64, "66 0f 60 07").operandSize);
		assertEquals(8, of(64, "0f 5a 07").operandSize);
		assertEquals(8, of(64, "0f 16 07").operandSize);
	}

	@Test
	void vectorFormsWithAGeneralRegisterNameItsSize() {
		assertSizes(8, 8, assertOperands(Opcode.CVTSI2SD, OperandKind.XMM, OperandKind.MEMORY, 64, "f2 48 0f 2a 07"));
		assertSizes(4, 4, assertOperands(Opcode.CVTSI2SS, OperandKind.XMM, OperandKind.GPR, 64, "f3 0f 2a c1"));
		assertSizes(8, 4, assertOperands(Opcode.CVTSD2SI, OperandKind.GPR, OperandKind.XMM, 64, "f2 0f 2d c1"));
		assertSizes(4, 8, assertOperands(Opcode.CVTTSS2SI, OperandKind.GPR, OperandKind.MEMORY, 64, "f3 48 0f 2c 07"));
		assertSizes(4, 4, assertOperands(Opcode.MOVD, OperandKind.XMM, OperandKind.GPR, 64, "66 0f 6e c1"));
		assertSizes(8, 8, assertOperands(Opcode.MOVQ, OperandKind.GPR, OperandKind.MMX, 64, "48 0f 7e c1"));
		assertSizes(16, 4, assertOperands(Opcode.MOVMSKPD, OperandKind.GPR, OperandKind.XMM, 64, "66 0f 50 c1"));
		assertSizes(8, 4, assertOperands(Opcode.PEXTRW, OperandKind.GPR, OperandKind.MMX, 64, "0f c5 c1 03"));
		assertSizes(2, 2, assertOperands(Opcode.PINSRW, OperandKind.XMM, OperandKind.GPR, 64, "66 0f c4 c1 03"));
		assertSizes(2, 2, assertOperands(Opcode.PINSRW, OperandKind.MMX, OperandKind.MEMORY, 64, "0f c4 07 03"));
	}

	@Test
	void quadwordMovesComeInManyEncodings() {
		assertOperands(Opcode.MOVQ, OperandKind.XMM, OperandKind.MEMORY, 64, "f3 0f 7e 07");
		assertOperands(Opcode.MOVQ, OperandKind.MEMORY, OperandKind.XMM, 64, "66 0f d6 07");
		assertOperands(Opcode.MOVQ, OperandKind.MEMORY, OperandKind.MMX, 64, "0f 7f 07");
		assertOperands(Opcode.MOVQ2DQ, OperandKind.XMM, OperandKind.MMX, 64, "f3 0f d6 c1");
		assertOperands(Opcode.MOVDQ2Q, OperandKind.MMX, OperandKind.XMM, 64, "f2 0f d6 c1");
		assertOperands(Opcode.MOVHLPS, OperandKind.XMM, OperandKind.XMM, 64, "0f 12 c1");
		assertOperands(Opcode.MOVLPS, OperandKind.XMM, OperandKind.MEMORY, 64, "0f 12 07");
		assertEquals(5, assertOperands(Opcode.PSLLDQ, OperandKind.XMM, OperandKind.IMMEDIATE, 64, "66 0f 73 f9 05").immediate);
	}

	@Test
	void rexExtendsXmmButNotMmxRegisters() {
		assertEquals(9, of(64, "45 0f 28 c1").sourceRegister);
		assertEquals(8, of(64, "45 0f 28 c1").destinationRegister);
		assertEquals(1, of(64, "45 0f 6f c1").sourceRegister);
		assertEquals(0, of(64, "45 0f 6f c1").destinationRegister);
	}

	@Test
	void stringInstructionsCarrySizesAndSegment() {
		Instruction i = assertOperands(Opcode.MOVS, OperandKind.NONE, OperandKind.NONE, 64, "f3 64 67 48 a5");
		assertEquals(8, i.operandSize);
		assertEquals(4, i.addressSize);
		assertEquals(4, i.segment);
		assertEquals(4, of(64, "48 6d").operandSize);
		assertEquals(1, of(64, "ae").operandSize);
		assertEquals(3, of(64, "ad").segment);
	}

	@Test
	void prefetchesAndLongNopsKeepTheirMemoryOperand() {
		assertOperands(Opcode.NOP, OperandKind.MEMORY, OperandKind.NONE, 64, "66 0f 1f 84 00 00 00 00 00");
		assertOperands(Opcode.NOP, OperandKind.GPR, OperandKind.NONE, 64, "f3 0f 1e fa");
		assertOperands(Opcode.PREFETCH, OperandKind.MEMORY, OperandKind.NONE, 64, "0f 18 0f");
		assertOperands(Opcode.PREFETCH, OperandKind.MEMORY, OperandKind.NONE, 64, "0f 0d 0f");
	}
}
