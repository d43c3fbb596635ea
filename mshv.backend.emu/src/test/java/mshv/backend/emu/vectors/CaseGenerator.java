package mshv.backend.emu.vectors;

import java.util.ArrayList;
import java.util.List;

/** Makes the cases of a seed, each from its index alone. Not safe for use by several threads at once. */
public final class CaseGenerator {
	/** Steps through the forms so that any run of cases is a mixture of all kinds; a prime. */
	private static final long STRIDE = 7919;

	private final long seed;
	private final List<Form> schedule = new ArrayList<>();
	private final CaseBuilder builder = new CaseBuilder();

	/**
	 * Makes the generator of a set of cases.
	 *
	 * @param seed any number; the same number gives the same cases
	 */
	public CaseGenerator(long seed) {
		this.seed = seed;
		add(IntegerForms.forms());
		add(StringForms.forms());
		add(ControlForms.forms());
		add(SystemForms.forms());
		add(X87Forms.forms());
		add(MmxForms.forms());
		add(SseForms.forms());
	}

	private void add(List<Form> forms) {
		for (Form form : forms) {
			for (int i = 0; i < form.weight; i++) {
				schedule.add(form);
			}
		}
	}

	/**
	 * Number of cases after which every form has come up at least once.
	 *
	 * @return a number of cases
	 */
	public int period() {
		return schedule.size();
	}

	/**
	 * Makes one case.
	 *
	 * @param index its number, from 0
	 * @param into receives the case
	 */
	public void generate(long index, TestCase into) {
		into.seed = seed;
		into.index = index;
		Form form = schedule.get((int) (index * STRIDE % schedule.size()));
		into.form = form.name;
		builder.prng.seed(seed + Prng.mix(index + 1));
		builder.build(form, into);
	}
}
