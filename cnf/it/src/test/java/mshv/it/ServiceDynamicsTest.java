package mshv.it;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;
import org.osgi.util.tracker.ServiceTracker;

import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Intercept;
import mshv.api.Partition;
import mshv.api.event.EventFactory;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** Bundles stop, start and are replaced while guests run: they take their own with them, leave nothing behind, and return. */
@ExtendWith(BundleContextExtension.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServiceDynamicsTest {
	private static final long DEADLINE_SECONDS = 30;
	private static final long COUNTER = 0x9000;

	@InjectBundleContext
	BundleContext context;

	@ParameterizedTest
	@ValueSource(strings = {"mshv.backend.emu", "mshv.core.common", "mshv.core.root", "mshv.core.synic", "mshv.core.device"})
	void aBundleThatStopsEndsItsGuestsAndLeavesNothingRunning(String name) throws Exception {
		String backend = name.equals("mshv.core.device") ? "auto" : "emu";
		Bundle bundle = bundle(name);
		try (Guest guest = counting(backend)) {
			Future<Intercept> run = startCounting(guest);
			bundle.stop();
			assertEnds(run);
			Partition partition = guest.partition();
			assertThrows(HypervisorException.class, () -> partition.getProperty(0));
			assertThrows(HypervisorException.class, guest.processor()::run);
			assertEquals(List.of(), services("(" + Hypervisor.BACKEND + "=" + backend + ")"));
			assertNothingRuns(name);
		} finally {
			bundle.start();
		}
		assertGuestsRun("emu");
		assertGuestsRun("auto");
	}

	@Test
	void withoutTheEventBundleGuestsGoOn() throws Exception {
		Bundle bundle = bundle("mshv.eventfd");
		try (Guest guest = counting("emu")) {
			Future<Intercept> run = startCounting(guest);
			bundle.stop();
			long count = guest.counter(COUNTER);
			Guest.await("the guest goes on", () -> guest.counter(COUNTER) > count);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
			assertNothingRuns("mshv.eventfd");
		} finally {
			bundle.start();
		}
		assertNotNull(await(EventFactory.class, "(objectClass=*)"));
	}

	@ParameterizedTest
	@ValueSource(strings = {"mshv.backend.emu", "mshv.core.common", "mshv.core.root", "mshv.core.synic", "mshv.core.device", "mshv.eventfd",
		"mshv.shell"})
	void anUpdatedBundleLeavesNoClassLoaderBehind(String name) throws Exception {
		assertGuestsRun("auto");
		Bundle bundle = bundle(name);
		ReferenceQueue<ClassLoader> queue = new ReferenceQueue<>();
		PhantomReference<ClassLoader> old = new PhantomReference<>(bundle.adapt(BundleWiring.class).getClassLoader(), queue);
		bundle.update();
		refresh(bundle);
		assertGuestsRun("auto");
		long start = System.nanoTime();
		while (queue.remove(100) != old) {
			assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS),
				() -> "the old class loader of " + name + " is still reachable");
			System.gc();
		}
	}

	@Test
	void bundlesThatStopInAnyOrderReturn() throws Exception {
		List<String> names = List.of("mshv.core.synic", "mshv.eventfd", "mshv.backend.emu", "mshv.core.device", "mshv.core.common",
			"mshv.core.root");
		for (int first = 0; first < names.size(); first++) {
			for (int i = 0; i < names.size(); i++) {
				bundle(names.get((first + i) % names.size())).stop();
			}
			assertEquals(List.of(), services("(objectClass=" + Hypervisor.class.getName() + ")"));
			for (int i = 0; i < names.size(); i++) {
				bundle(names.get((first + 5 * i) % names.size())).start();
			}
			assertGuestsRun("auto");
		}
	}

	private Guest counting(String backend) throws Exception {
		GuestCode code = GuestCode.forLongMode().movRdi(COUNTER);
		int loop = code.position();
		return Guest.inLongMode(await(Hypervisor.class, "(" + Hypervisor.BACKEND + "=" + backend + ")"), code.increment().jump(loop));
	}

	private static Future<Intercept> startCounting(Guest guest) {
		Future<Intercept> run = guest.start();
		Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
		return run;
	}

	private static void assertEnds(Future<Intercept> run) {
		try {
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
		} catch (HypervisorException e) {
			assertNotNull(e.errno(), "says why");
		}
	}

	/** Services come one after the other when a bundle starts: what is there may be about to be replaced. */
	private void assertGuestsRun(String backend) throws Exception {
		Hypervisor hypervisor = await(Hypervisor.class, "(" + Hypervisor.BACKEND + "=" + backend + ")");
		await(Hypervisor.class, "(" + Hypervisor.BACKEND + "=emu)");
		await(EventFactory.class, "(objectClass=*)");
		assertDoesNotThrow(() -> {
			try (Guest guest = Guest.inRealMode(hypervisor, GuestCode.forRealMode().movAl(42).out(1))) {
				assertEquals(42, guest.runToPort().rax());
			}
		});
	}

	/** By the names of classes on the stacks of all threads: packages of a bundle begin with its name. */
	private static void assertNothingRuns(String name) {
		Guest.await("no thread is in " + name, () -> Thread.getAllStackTraces().values().stream().flatMap(Arrays::stream)
			.noneMatch(frame -> frame.getClassName().startsWith(name + ".")));
	}

	private <T> T await(Class<T> type, String filter) throws Exception {
		ServiceTracker<T, T> tracker = new ServiceTracker<>(context,
			context.createFilter("(&(objectClass=" + type.getName() + ")" + filter + ")"), null);
		tracker.open();
		try {
			T service = tracker.waitForService(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
			assertNotNull(service, () -> type.getSimpleName() + " " + filter);
			return service;
		} finally {
			tracker.close();
		}
	}

	private List<?> services(String filter) throws Exception {
		return List.copyOf(context.getServiceReferences(Hypervisor.class, filter));
	}

	private Bundle bundle(String name) {
		return Arrays.stream(context.getBundles()).filter(bundle -> name.equals(bundle.getSymbolicName())).findFirst().orElseThrow();
	}

	private void refresh(Bundle bundle) throws InterruptedException, BundleException {
		CountDownLatch done = new CountDownLatch(1);
		FrameworkWiring wiring = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class);
		wiring.refreshBundles(List.of(bundle), _ -> done.countDown());
		assertTrue(done.await(DEADLINE_SECONDS, TimeUnit.SECONDS), "refresh");
		bundle.start();
	}
}
