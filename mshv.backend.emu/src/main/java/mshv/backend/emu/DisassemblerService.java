package mshv.backend.emu;

import java.util.List;

import org.osgi.service.component.annotations.Component;

import mshv.api.Disassembler;

/** Offers the decoder's view of instructions, which is what the emulated processor executes. */
@Component
public final class DisassemblerService implements Disassembler {
	@Override
	public List<Line> disassemble(byte[] code, int mode, long address) {
		if (mode != 16 && mode != 32 && mode != 64) {
			throw new IllegalArgumentException("no mode with an operation size of " + mode + ": 16, 32 or 64");
		}
		// The decoder keeps state while it decodes: one for each call
		return new mshv.backend.emu.isa.Disassembler().lines(code, mode, address).stream()
			.map(line -> new Line(line.address(), line.bytes(), line.text())).toList();
	}
}
