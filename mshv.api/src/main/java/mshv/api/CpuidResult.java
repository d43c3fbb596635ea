package mshv.api;

/**
 * What CPUID leaves in four registers.
 *
 * @param eax EAX
 * @param ebx EBX
 * @param ecx ECX
 * @param edx EDX
 */
public record CpuidResult(int eax, int ebx, int ecx, int edx) {
	/** All bits of all registers. */
	public static final CpuidResult ALL = new CpuidResult(-1, -1, -1, -1);
}
