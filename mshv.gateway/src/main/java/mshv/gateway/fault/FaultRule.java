package mshv.gateway.fault;

import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import mshv.api.Errno;
import mshv.api.HvStatus;
import mshv.gateway.trace.CallName;

/**
 * A rule: which calls, which of them, and what happens. {@code CALL[@WHEN]=WHAT}, for example {@code RUN_VP@/1000=EINTR}.
 * <ul>
 * <li>CALL is the name of an ioctl or a hypercall, OPEN, or {@code *} for all ioctls;</li>
 * <li>WHEN is a number (that call only), {@code /N} (every N-th), or {@code N%} or {@code N%SEED} (a random share; the same seed picks the
 * same calls); without it every call is meant;</li>
 * <li>WHAT is the name or number of an error, {@code status:} with the name or number of a hypervisor's status (hypercalls only), or
 * {@code delay:} with a number and {@code us}, {@code ms} or {@code s}.</li>
 * </ul>
 */
public final class FaultRule {
	private static final Pattern FORM = Pattern.compile("(\\*|[A-Z0-9_]+)(?:@(?:(\\d+)|/(\\d+)|([\\d.]+)%(\\d*)))?=(.+)");
	private static final Pattern DELAY = Pattern.compile("delay:(\\d+)(us|ms|s)");

	private final String call;
	private final long only;
	private final long every;
	private final double share;
	private final Random random;
	private final Fault fault;
	private final AtomicLong calls = new AtomicLong();

	private FaultRule(String call, long only, long every, double share, Random random, Fault fault) {
		this.call = call;
		this.only = only;
		this.every = every;
		this.share = share;
		this.random = random;
		this.fault = fault;
	}

	/** @return the rule
	 * @throws IllegalArgumentException saying what is wrong with the text */
	public static FaultRule parse(String text, CallName names) {
		Matcher form = FORM.matcher(text);
		if (!form.matches()) {
			throw new IllegalArgumentException("rule '" + text + "' is not of the form CALL[@WHEN]=WHAT");
		}
		String call = form.group(1);
		if (!call.equals("*") && !names.isCall(call)) {
			throw new IllegalArgumentException("rule '" + text + "': no call " + call);
		}
		double share = form.group(4) == null ? 0 : Double.parseDouble(form.group(4)) / 100;
		Random random = form.group(5) == null || form.group(5).isEmpty() ? new Random() : new Random(Long.parseLong(form.group(5)));
		long only = form.group(2) == null ? 0 : Long.parseLong(form.group(2));
		long every = form.group(3) == null ? 0 : Long.parseLong(form.group(3));
		if (form.group(2) != null && only == 0 || form.group(3) != null && every == 0) {
			throw new IllegalArgumentException("rule '" + text + "': calls are counted from 1");
		}
		Fault fault = fault(text, form.group(6));
		if (fault instanceof Fault.Refused && !names.isHypercall(call)) {
			throw new IllegalArgumentException("rule '" + text + "': only hypercalls have a status");
		}
		return new FaultRule(call, only, every, share, random, fault);
	}

	private static Fault fault(String text, String what) {
		Matcher delay = DELAY.matcher(what);
		if (delay.matches()) {
			return new Fault.Delayed(Long.parseLong(delay.group(1)) * switch (delay.group(2)) {
				case "us" -> 1;
				case "ms" -> 1_000;
				default -> 1_000_000;
			});
		}
		try {
			if (what.startsWith("status:")) {
				String status = what.substring("status:".length());
				return new Fault.Refused(Character.isDigit(status.charAt(0)) ? HvStatus.of(Integer.decode(status)) : HvStatus.valueOf(status));
			}
			return new Fault.Fails(Character.isDigit(what.charAt(0)) ? Integer.decode(what) : Errno.valueOf(what).number());
		} catch (IllegalArgumentException | IndexOutOfBoundsException e) {
			throw new IllegalArgumentException("rule '" + text + "': no error, status or delay " + what, e);
		}
	}

	/** A call is made. @return what becomes of it, null if the rule does not pick it */
	Fault next(String name, boolean ioctl) {
		if (!(call.equals("*") ? ioctl : call.equals(name))) {
			return null;
		}
		long number = calls.incrementAndGet();
		boolean picked = only > 0 ? number == only : every > 0 ? number % every == 0 : share > 0 ? random() : true;
		return picked ? fault : null;
	}

	/** Calls of several threads must not change what a seed picks. */
	private boolean random() {
		synchronized (random) {
			return random.nextDouble() < share;
		}
	}
}
