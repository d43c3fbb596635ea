package mshv.backend.emu.block;

/**
 * Operations of pre-decoded code. A name says what it does and on what: R register, M memory, I immediate, C the CL register, with the
 * operand size in bits; {@code LOAD8_SX32} loads 8 bits and sign-extends them to 32.
 * <p>
 * A suffix {@code _JE} or {@code _JB} says that the operation ends its block by a jump if the result is zero, or if A is below B, taken
 * when bit 19 of the code word says that this is wanted.
 * <p>
 * A suffix {@code _N} says that the flags are not defined, as a later instruction defines them before anyone could look.
 * <p>
 * A code word has the operation in bits 0-8, register A in 9-13, register B or the base in 14-18, the index in 19-23, its scale in
 * 24-25, the instruction's number in the block in 26-31, and an immediate or displacement in 32-63. An operation with a memory operand
 * and an immediate has the immediate in the word after.
 */
final class Operation {
	static final int ADD_RR64 = 0;
	static final int ADD_RI64 = 1;
	static final int ADD_RM64 = 2;
	static final int ADD_MR64 = 3;
	static final int ADD_MI64 = 4;
	static final int ADD_RR32 = 5;
	static final int ADD_RI32 = 6;
	static final int ADD_RM32 = 7;
	static final int ADD_MR32 = 8;
	static final int ADD_MI32 = 9;
	static final int SUB_RR64 = 10;
	static final int SUB_RI64 = 11;
	static final int SUB_RM64 = 12;
	static final int SUB_MR64 = 13;
	static final int SUB_MI64 = 14;
	static final int SUB_RR32 = 15;
	static final int SUB_RI32 = 16;
	static final int SUB_RM32 = 17;
	static final int SUB_MR32 = 18;
	static final int SUB_MI32 = 19;
	static final int AND_RR64 = 20;
	static final int AND_RI64 = 21;
	static final int AND_RM64 = 22;
	static final int AND_MR64 = 23;
	static final int AND_MI64 = 24;
	static final int AND_RR32 = 25;
	static final int AND_RI32 = 26;
	static final int AND_RM32 = 27;
	static final int AND_MR32 = 28;
	static final int AND_MI32 = 29;
	static final int OR_RR64 = 30;
	static final int OR_RI64 = 31;
	static final int OR_RM64 = 32;
	static final int OR_MR64 = 33;
	static final int OR_MI64 = 34;
	static final int OR_RR32 = 35;
	static final int OR_RI32 = 36;
	static final int OR_RM32 = 37;
	static final int OR_MR32 = 38;
	static final int OR_MI32 = 39;
	static final int XOR_RR64 = 40;
	static final int XOR_RI64 = 41;
	static final int XOR_RM64 = 42;
	static final int XOR_MR64 = 43;
	static final int XOR_MI64 = 44;
	static final int XOR_RR32 = 45;
	static final int XOR_RI32 = 46;
	static final int XOR_RM32 = 47;
	static final int XOR_MR32 = 48;
	static final int XOR_MI32 = 49;
	static final int CMP_RR64 = 50;
	static final int CMP_RI64 = 51;
	static final int CMP_RM64 = 52;
	static final int CMP_MR64 = 53;
	static final int CMP_MI64 = 54;
	static final int CMP_RR32 = 55;
	static final int CMP_RI32 = 56;
	static final int CMP_RM32 = 57;
	static final int CMP_MR32 = 58;
	static final int CMP_MI32 = 59;
	static final int TEST_RR64 = 60;
	static final int TEST_RI64 = 61;
	static final int TEST_MR64 = 62;
	static final int TEST_MI64 = 63;
	static final int TEST_RR32 = 64;
	static final int TEST_RI32 = 65;
	static final int TEST_MR32 = 66;
	static final int TEST_MI32 = 67;
	static final int ADC_RR64 = 68;
	static final int ADC_RI64 = 69;
	static final int ADC_RM64 = 70;
	static final int ADC_RR32 = 71;
	static final int ADC_RI32 = 72;
	static final int ADC_RM32 = 73;
	static final int SBB_RR64 = 74;
	static final int SBB_RI64 = 75;
	static final int SBB_RM64 = 76;
	static final int SBB_RR32 = 77;
	static final int SBB_RI32 = 78;
	static final int SBB_RM32 = 79;
	static final int MOV_RR64 = 80;
	static final int MOV_RR32 = 81;
	static final int MOV_RI = 82;
	static final int MOV_RI32 = 83;
	static final int MOV_RI64 = 84;
	static final int MOV_RR8 = 85;
	static final int MOV_RI8 = 86;
	static final int MOV_RR16 = 87;
	static final int LOAD64 = 88;
	static final int LOAD32 = 89;
	static final int LOAD16 = 90;
	static final int LOAD8 = 91;
	static final int LOAD8_ZX = 92;
	static final int LOAD16_ZX = 93;
	static final int LOAD8_SX64 = 94;
	static final int LOAD8_SX32 = 95;
	static final int LOAD16_SX64 = 96;
	static final int LOAD16_SX32 = 97;
	static final int LOAD32_SX64 = 98;
	static final int STORE64 = 99;
	static final int STORE64_I = 100;
	static final int STORE32 = 101;
	static final int STORE32_I = 102;
	static final int STORE16 = 103;
	static final int STORE16_I = 104;
	static final int STORE8 = 105;
	static final int STORE8_I = 106;
	static final int ZX8 = 107;
	static final int ZX16 = 108;
	static final int SX8_64 = 109;
	static final int SX8_32 = 110;
	static final int SX16_64 = 111;
	static final int SX16_32 = 112;
	static final int SX32_64 = 113;
	static final int LEA64 = 114;
	static final int LEA32 = 115;
	static final int SHL_RI64 = 116;
	static final int SHL_RC64 = 117;
	static final int SHL_RI32 = 118;
	static final int SHL_RC32 = 119;
	static final int SHR_RI64 = 120;
	static final int SHR_RC64 = 121;
	static final int SHR_RI32 = 122;
	static final int SHR_RC32 = 123;
	static final int SAR_RI64 = 124;
	static final int SAR_RC64 = 125;
	static final int SAR_RI32 = 126;
	static final int SAR_RC32 = 127;
	static final int ROL_RI64 = 128;
	static final int ROL_RI32 = 129;
	static final int ROR_RI64 = 130;
	static final int ROR_RI32 = 131;
	static final int IMUL_RR64 = 132;
	static final int IMUL_RR32 = 133;
	static final int IMUL_RRI64 = 134;
	static final int IMUL_RRI32 = 135;
	static final int IMUL_RM64 = 136;
	static final int IMUL_RM32 = 137;
	static final int MUL_R64 = 138;
	static final int MUL_M64 = 139;
	static final int MUL_R32 = 140;
	static final int INC_R64 = 141;
	static final int INC_M64 = 142;
	static final int INC_R32 = 143;
	static final int INC_M32 = 144;
	static final int DEC_R64 = 145;
	static final int DEC_M64 = 146;
	static final int DEC_R32 = 147;
	static final int DEC_M32 = 148;
	static final int NEG_R64 = 149;
	static final int NEG_R32 = 150;
	static final int NOT_R64 = 151;
	static final int NOT_R32 = 152;
	static final int PUSH_R = 153;
	static final int PUSH_I = 154;
	static final int POP_R = 155;
	static final int SETCC_R = 156;
	static final int CMOV_RR64 = 157;
	static final int CMOV_RR32 = 158;
	static final int CMOV_RM64 = 159;
	static final int CMOV_RM32 = 160;
	static final int CMP_RR8 = 161;
	static final int CMP_RI8 = 162;
	static final int CMP_RM8 = 163;
	static final int CMP_MR8 = 164;
	static final int CMP_MI8 = 165;
	static final int TEST_RR8 = 166;
	static final int TEST_RI8 = 167;
	static final int TEST_MR8 = 168;
	static final int TEST_MI8 = 169;
	static final int AND_RI8 = 170;
	static final int XOR_RR8 = 171;
	static final int OR_RR8 = 172;
	static final int CMP_RR16 = 173;
	static final int CMP_RM16 = 174;
	static final int CMP_MR16 = 175;
	static final int CMP_MI16 = 176;
	static final int CMP_RI16 = 177;
	static final int BT_RR64 = 178;
	static final int BT_RR32 = 179;
	static final int BT_RI = 180;
	static final int CDQE = 181;
	static final int CWDE = 182;
	static final int CQO = 183;
	static final int CDQ = 184;
	static final int GENERIC = 185;
	static final int ADD_RR64_N = 186;
	static final int ADD_RR32_N = 187;
	static final int ADD_RI64_N = 188;
	static final int ADD_RI32_N = 189;
	static final int SUB_RR64_N = 190;
	static final int SUB_RR32_N = 191;
	static final int SUB_RI64_N = 192;
	static final int SUB_RI32_N = 193;
	static final int AND_RR64_N = 194;
	static final int AND_RR32_N = 195;
	static final int AND_RI64_N = 196;
	static final int AND_RI32_N = 197;
	static final int OR_RR64_N = 198;
	static final int OR_RR32_N = 199;
	static final int OR_RI64_N = 200;
	static final int OR_RI32_N = 201;
	static final int XOR_RR64_N = 202;
	static final int XOR_RR32_N = 203;
	static final int XOR_RI64_N = 204;
	static final int XOR_RI32_N = 205;
	static final int SHL_RI64_N = 206;
	static final int SHL_RI32_N = 207;
	static final int SHR_RI64_N = 208;
	static final int SHR_RI32_N = 209;
	static final int SAR_RI64_N = 210;
	static final int SAR_RI32_N = 211;
	static final int ROL_RI64_N = 212;
	static final int ROL_RI32_N = 213;
	static final int ROR_RI64_N = 214;
	static final int ROR_RI32_N = 215;
	static final int IMUL_RR64_N = 216;
	static final int IMUL_RR32_N = 217;
	static final int IMUL_RRI64_N = 218;
	static final int IMUL_RRI32_N = 219;
	static final int INC_R64_N = 220;
	static final int INC_R32_N = 221;
	static final int DEC_R64_N = 222;
	static final int DEC_R32_N = 223;
	static final int JMP = 224;
	static final int FALL_THROUGH = 225;
	static final int JCC = 226;
	static final int J_Z = 227;
	static final int J_NZ = 228;
	static final int J_S = 229;
	static final int J_NS = 230;
	static final int J_SUB_B = 231;
	static final int J_SUB_AE = 232;
	static final int J_SUB_BE = 233;
	static final int J_SUB_A = 234;
	static final int J_SUB_L = 235;
	static final int J_SUB_GE = 236;
	static final int J_SUB_LE = 237;
	static final int J_SUB_G = 238;
	static final int CALL = 239;
	static final int CALL_R = 240;
	static final int CALL_M = 241;
	static final int JMP_R = 242;
	static final int JMP_M = 243;
	static final int RET = 244;
	static final int GENERIC_END = 245;
	static final int CMP_RR64_JE = 246;
	static final int CMP_RR32_JE = 247;
	static final int CMP_RI64_JE = 248;
	static final int CMP_RI32_JE = 249;
	static final int CMP_RI8_JE = 250;
	static final int TEST_RR64_JE = 251;
	static final int TEST_RR32_JE = 252;
	static final int TEST_RR8_JE = 253;
	static final int TEST_RI8_JE = 254;
	static final int ADD_RI64_JE = 255;
	static final int ADD_RI32_JE = 256;
	static final int CMP_RR64_JB = 257;
	static final int CMP_RR32_JB = 258;
	static final int CMP_RI64_JB = 259;
	static final int CMP_RI32_JB = 260;

	/** How many operations there are; those that end a block come last, from {@link #JMP} on. */
	static final int COUNT = 261;

	/** All that a block's code has while a translated region begins there. */
	static final int TRANSLATED = COUNT;

	private Operation() {}

	/** @return true if the word behind the code word belongs to the operation */
	static boolean hasSecondWord(int operation) {
		return switch (operation) {
			case ADD_MI64, ADD_MI32, SUB_MI64, SUB_MI32, AND_MI64, AND_MI32, OR_MI64, OR_MI32, XOR_MI64, XOR_MI32, CMP_MI64, CMP_MI32,
				TEST_MI64, TEST_MI32, MOV_RI64, STORE64_I, STORE32_I, STORE16_I, STORE8_I, CMOV_RM64, CMOV_RM32, CMP_MI8, TEST_MI8,
				CMP_MI16 -> true;
			default -> false;
		};
	}

	/** @return the operation that also jumps if the result is zero or not, -1 if there is none */
	static int withJumpIfEqual(int operation) {
		return switch (operation) {
			case CMP_RR64 -> CMP_RR64_JE;
			case CMP_RR32 -> CMP_RR32_JE;
			case CMP_RI64 -> CMP_RI64_JE;
			case CMP_RI32 -> CMP_RI32_JE;
			case CMP_RI8 -> CMP_RI8_JE;
			case TEST_RR64 -> TEST_RR64_JE;
			case TEST_RR32 -> TEST_RR32_JE;
			case TEST_RR8 -> TEST_RR8_JE;
			case TEST_RI8 -> TEST_RI8_JE;
			case ADD_RI64 -> ADD_RI64_JE;
			case ADD_RI32 -> ADD_RI32_JE;
			default -> -1;
		};
	}

	/** @return the operation that also jumps if A is below B or not, -1 if there is none */
	static int withJumpIfBelow(int operation) {
		return switch (operation) {
			case CMP_RR64 -> CMP_RR64_JB;
			case CMP_RR32 -> CMP_RR32_JB;
			case CMP_RI64 -> CMP_RI64_JB;
			case CMP_RI32 -> CMP_RI32_JB;
			default -> -1;
		};
	}
}
