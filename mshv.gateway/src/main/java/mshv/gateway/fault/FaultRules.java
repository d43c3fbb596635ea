package mshv.gateway.fault;

import java.util.List;

import mshv.gateway.trace.CallName;

/** The rules of a program. The first that picks a call decides. */
public final class FaultRules {
	private final CallName names = new CallName();
	private final List<FaultRule> rules;

	/** @param rules as they were given
	 * @throws IllegalArgumentException saying what is wrong with one */
	public FaultRules(List<String> rules) {
		this.rules = rules.stream().map(rule -> FaultRule.parse(rule, names)).toList();
	}

	/** @return whether no call can fail */
	public boolean isEmpty() {
		return rules.isEmpty();
	}

	/** An ioctl is made. @param command its number, 0 for an open
	 * @return what becomes of it, null if nothing special */
	public Fault ioctl(int command) {
		return next(names.ioctl(command), true);
	}

	/** A hypercall is made. @return what becomes of it, null if nothing special */
	public Fault hypercall(int code) {
		return next(names.hypercall(code), false);
	}

	private Fault next(String name, boolean ioctl) {
		for (FaultRule rule : rules) {
			Fault fault = rule.next(name, ioctl);
			if (fault != null) {
				return fault;
			}
		}
		return null;
	}
}
