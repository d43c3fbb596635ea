package mshv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

/** The platform as it is deployed: every bundle wired and started in one framework. */
@ExtendWith(BundleContextExtension.class)
class FrameworkTest {
	@InjectBundleContext
	BundleContext context;

	@Test
	void theFrameworkIsUpOnJava25() {
		assertEquals("org.apache.felix.framework", context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getSymbolicName());
		assertEquals(Bundle.ACTIVE, context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState());
		assertEquals(25, Runtime.version().feature());
	}

	@Test
	void everyBundleOfOursIsThere() {
		List<String> names = ours().map(Bundle::getSymbolicName).toList();
		for (String name : List.of("api", "core.common", "core.root", "core.synic", "core.device", "eventfd", "backend.emu", "gateway", "vmm", "shell")) {
			assertTrue(names.contains("mshv." + name), () -> "mshv." + name + " is missing in " + names);
		}
	}

	@Test
	void everyBundleOfOursIsWiredAndActive() {
		List<Bundle> idle = ours().filter(bundle -> bundle.getState() != Bundle.ACTIVE || wiring(bundle) == null).toList();
		assertEquals(List.of(), idle);
	}

	@Test
	void anExportOfOursHasOneProviderOnly() {
		List<String> packages = ours().flatMap(bundle -> wiring(bundle).getCapabilities("osgi.wiring.package").stream())
			.map(capability -> capability.getAttributes().get("osgi.wiring.package").toString()).toList();
		assertFalse(packages.isEmpty());
		assertEquals(packages.stream().distinct().toList(), packages);
	}

	/** Boot delegation and the export to unnamed modules together: without either the emulated backend cannot start. */
	@Test
	void theEmulatedBackendReachesTheInternalUnsafe() throws ReflectiveOperationException {
		Bundle emu = ours().filter(bundle -> bundle.getSymbolicName().equals("mshv.backend.emu")).findFirst().orElseThrow();
		Class<?> unsafe = emu.loadClass("jdk.internal.misc.Unsafe");
		assertEquals(0x20, unsafe.getMethod("getInt", Object.class, long.class)
			.invoke(unsafe.getMethod("getUnsafe").invoke(null), new int[] {0x20}, arrayBase(unsafe)));
	}

	private static long arrayBase(Class<?> unsafe) throws ReflectiveOperationException {
		return unsafe.getField("ARRAY_INT_BASE_OFFSET").getLong(null);
	}

	private Stream<Bundle> ours() {
		return Arrays.stream(context.getBundles()).filter(bundle -> bundle.getSymbolicName().startsWith("mshv."));
	}

	private static BundleWiring wiring(Bundle bundle) {
		return bundle.adapt(BundleWiring.class);
	}
}
