package mshv.backend.emu.exec.system;

import mshv.backend.emu.cpu.Cpu;
import mshv.backend.emu.cpu.Vector;
import mshv.backend.emu.exec.HandlerTable;
import mshv.backend.emu.isa.Instruction;
import mshv.backend.emu.isa.Opcode;

/** What the platform answers: CPUID, the time-stamp counter, hypercalls; and RDPMC, which has no counters to read. */
final class Identification {
	private Identification() {}

	static void register(HandlerTable table) {
		table.add(Opcode.CPUID, Identification::identify);
		table.add(Opcode.RDTSC, Identification::readTimeStamp);
		table.add(Opcode.RDTSCP, Identification::readTimeStampAndProcessor);
		table.add(Opcode.RDPMC, Identification::readCounter);
		table.add(Opcode.VMCALL, Identification::hypercall);
		table.add(Opcode.VMMCALL, Identification::hypercall);
	}

	private static void hypercall(Cpu cpu, Instruction i) {
		cpu.exit.instructionLength = i.length;
		cpu.platform.hypercall(cpu);
	}

	private static void identify(Cpu cpu, Instruction i) {
		cpu.exit.instructionLength = i.length;
		int[] result = new int[4];
		cpu.platform.cpuid(cpu, (int) cpu.r[Cpu.RAX], (int) cpu.r[Cpu.RCX], result);
		cpu.r[Cpu.RAX] = result[0] & 0xFFFFFFFFL;
		cpu.r[Cpu.RBX] = result[1] & 0xFFFFFFFFL;
		cpu.r[Cpu.RCX] = result[2] & 0xFFFFFFFFL;
		cpu.r[Cpu.RDX] = result[3] & 0xFFFFFFFFL;
	}

	private static void readTimeStamp(Cpu cpu, Instruction i) {
		if (cpu.cpl != 0 && (cpu.cr4 & Cpu.CR4_TSD) != 0) {
			throw cpu.raise(Vector.GP, 0);
		}
		long counter = cpu.platform.timeStampCounter();
		cpu.r[Cpu.RAX] = counter & 0xFFFFFFFFL;
		cpu.r[Cpu.RDX] = counter >>> 32;
	}

	private static void readTimeStampAndProcessor(Cpu cpu, Instruction i) {
		if (!cpu.features.timeStampWithProcessor()) {
			throw cpu.raise(Vector.UD);
		}
		readTimeStamp(cpu, i);
		cpu.r[Cpu.RCX] = cpu.tscAux;
	}

	/** Refused for want of privilege or for want of a counter: the same exception. */
	private static void readCounter(Cpu cpu, Instruction i) {
		throw cpu.raise(Vector.GP, 0);
	}
}
