package mshv.backend.emu.vectors;

/** Records fresh cases on this machine's processor and runs them against both tiers of the engine. */
public final class CheckEngine {
	private CheckEngine() {}

	/** @param args as {@link CheckVectors#check} takes them; exits with 1 if a result differs */
	public static void main(String[] args) {
		boolean differs = false;
		for (EngineTarget.Tier tier : EngineTarget.Tier.values()) {
			try (EngineTarget target = new EngineTarget(tier)) {
				VectorReport report = CheckVectors.check(args, target);
				System.out.println(tier + ": " + report);
				differs |= report.mismatches() != 0;
			}
		}
		System.exit(differs ? 1 : 0);
	}
}
