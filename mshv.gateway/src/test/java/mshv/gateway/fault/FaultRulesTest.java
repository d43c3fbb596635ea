package mshv.gateway.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import mshv.api.HvStatus;
import mshv.api.abi.CallCode;
import mshv.api.abi.MshvIoctl;

class FaultRulesTest {
	private static FaultRules rules(String... rules) {
		return new FaultRules(List.of(rules));
	}

	/** @return the numbers of the runs that are picked, of the first hundred */
	private static List<Integer> picked(FaultRules rules) {
		return IntStream.rangeClosed(1, 100).filter(_ -> rules.ioctl(MshvIoctl.RUN_VP) != null).boxed().toList();
	}

	@Test
	void oneCallOfAKindFails() {
		FaultRules rules = rules("RUN_VP@3=EINTR");
		assertNull(rules.ioctl(MshvIoctl.CREATE_VP));
		assertEquals(List.of(3), picked(rules));
		assertEquals(new Fault.Fails(4), rules("RUN_VP=EINTR").ioctl(MshvIoctl.RUN_VP));
	}

	@Test
	void everyNthCallFails() {
		assertEquals(List.of(40, 80), picked(rules("RUN_VP@/40=EINTR")));
	}

	@Test
	void aShareOfCallsFailsAndTheSeedSaysWhich() {
		List<Integer> first = picked(rules("RUN_VP@20%7=EINTR"));
		assertEquals(first, picked(rules("RUN_VP@20%7=EINTR")));
		assertTrue(first.size() > 5 && first.size() < 40, first::toString);
	}

	@Test
	void aHypercallIsRefusedWithAStatus() {
		FaultRules rules = rules("SET_VP_REGISTERS=status:INVALID_PARAMETER", "GET_VP_REGISTERS=status:0x0B");
		assertEquals(new Fault.Refused(HvStatus.INVALID_PARAMETER), rules.hypercall(CallCode.SET_VP_REGISTERS));
		assertEquals(new Fault.Refused(HvStatus.INSUFFICIENT_MEMORY), rules.hypercall(CallCode.GET_VP_REGISTERS));
		assertNull(rules.ioctl(MshvIoctl.ROOT_HVCALL));
	}

	@Test
	void everyIoctlIsDelayedAndTheFirstRuleDecides() {
		FaultRules rules = rules("OPEN=13", "*=delay:5ms");
		assertEquals(new Fault.Fails(13), rules.ioctl(0));
		assertEquals(new Fault.Delayed(5000), rules.ioctl(MshvIoctl.RUN_VP));
		assertNull(rules.hypercall(CallCode.GET_VP_REGISTERS));
	}

	@ParameterizedTest
	@ValueSource(strings = {"RUN_VP", "RUN=EINTR", "RUN_VP@0=EINTR", "RUN_VP=EWHAT", "RUN_VP=status:SUCCESS", "RUN_VP=delay:5", "=EINTR"})
	void aRuleThatMeansNothingIsRefused(String rule) {
		assertThrows(IllegalArgumentException.class, () -> rules(rule));
	}
}
