package mshv.gateway.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PtraceScopeTest {
	@Test
	void theClassicScopePermitsEverybody() {
		assertTrue(PtraceScope.of("0\n").permits(false));
	}

	@Test
	void aNarrowerScopeNeedsTheCapability() {
		for (String scope : new String[] {"1\n", "2\n"}) {
			assertFalse(PtraceScope.of(scope).permits(false), scope);
			assertTrue(PtraceScope.of(scope).permits(true), scope);
		}
	}

	@Test
	void theNarrowestPermitsNobody() {
		assertFalse(PtraceScope.of("3\n").permits(true));
		assertEquals(PtraceScope.NONE, PtraceScope.of("4\n"));
	}
}
