package mshv.backend.emu.cpu;

import mshv.backend.emu.fp.Float80Arithmetic;
import mshv.backend.emu.fp.Float80Comparison;
import mshv.backend.emu.fp.Float80Context;
import mshv.backend.emu.fp.Float80Conversions;
import mshv.backend.emu.fp.Float80Remainder;
import mshv.backend.emu.fp.Float80Transcendentals;
import mshv.backend.emu.fp.Float80Trigonometry;
import mshv.backend.emu.fp.PackedBcd;

/** The arithmetic of one processor's x87 unit. Whoever uses it first gives the control word to {@link #context}. */
public final class X87Unit {
	/** Modes, results and exceptions. */
	public final Float80Context context = new Float80Context();
	/** Addition to square root, scaling, rounding. */
	public final Float80Arithmetic arithmetic = new Float80Arithmetic(context);
	/** Comparison. */
	public final Float80Comparison comparison = new Float80Comparison(context);
	/** Conversion from and to the formats of memory operands. */
	public final Float80Conversions conversions = new Float80Conversions(context);
	/** Packed decimal. */
	public final PackedBcd decimal = new PackedBcd(context, conversions);
	/** FPREM and FPREM1. */
	public final Float80Remainder remainder = new Float80Remainder(context);
	/** Exponential, logarithms, arc tangent. */
	public final Float80Transcendentals transcendentals = new Float80Transcendentals(context);
	/** Sine, cosine, tangent. */
	public final Float80Trigonometry trigonometry = new Float80Trigonometry(context);

	X87Unit() {}
}
