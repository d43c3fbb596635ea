package mshv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.foreign.ValueLayout;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectBundleContext;
import org.osgi.test.junit5.context.BundleContextExtension;

import mshv.api.Hypervisor;
import mshv.api.Intercept;
import mshv.api.Register;
import mshv.api.abi.CallCode;
import mshv.api.abi.SystemPropertyInput;
import mshv.api.driver.HypercallClient;
import mshv.tck.Guest;
import mshv.tck.GuestCode;

/** An administrator decides who executes guests: the configuration of the emulated hypervisor, while the platform runs. */
@ExtendWith(BundleContextExtension.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SchedulerTypeTest {
	private static final String PID = "mshv.backend.emu.EmulatedHypervisor";
	private static final int ROOT = 4, SYSTEM_PROPERTY_SCHEDULER_TYPE = 15;
	private static final long COUNTER = 0x9000;

	@InjectBundleContext
	BundleContext context;

	@AfterEach
	void restore() throws Exception {
		configuration().delete();
		awaitScheduler(ROOT);
	}

	@ParameterizedTest
	@ValueSource(ints = {1, 3})
	void guestsRunUnderTheSchedulerThatIsConfigured(int type) throws Exception {
		Hashtable<String, Object> properties = new Hashtable<>();
		properties.put("schedulerType", type);
		configuration().update(properties);
		awaitScheduler(type);
		GuestCode code = GuestCode.forLongMode().out(1).movRdi(COUNTER);
		int loop = code.position();
		try (Guest guest = Guest.inLongMode(service(Hypervisor.class, "(" + Hypervisor.BACKEND + "=emu)"), code.increment().jump(loop))) {
			guest.runToPort();
			Future<Intercept> run = guest.start();
			Guest.await("the guest counts", () -> guest.counter(COUNTER) > 1000);
			guest.processor().interrupt();
			assertInstanceOf(Intercept.Interrupted.class, Guest.join(run));
			long stands = guest.counter(COUNTER);
			guest.processor().getRegister(Register.RIP);
			assertEquals(stands, guest.counter(COUNTER));
		}
	}

	private Configuration configuration() throws Exception {
		ConfigurationAdmin admin = service(ConfigurationAdmin.class, null);
		assertNotNull(admin);
		return admin.getConfiguration(PID, "?");
	}

	private <T> T service(Class<T> type, String filter) throws Exception {
		List<ServiceReference<T>> found = List.copyOf(context.getServiceReferences(type, filter));
		return found.isEmpty() ? null : context.getService(found.getFirst());
	}

	/** The hypervisor goes and comes back, and what is built on it with it. */
	private void awaitScheduler(int type) {
		Guest.await("scheduler type " + type, () -> {
			try {
				return scheduler() == type && service(Hypervisor.class, "(" + Hypervisor.BACKEND + "=emu)") != null;
			} catch (Exception e) {
				return false;
			}
		});
	}

	private int scheduler() throws Exception {
		HypercallClient client = service(HypercallClient.class, "(mshv.hypervisor=emu)");
		int[] type = new int[1];
		if (client != null) {
			client.call(CallCode.GET_SYSTEM_PROPERTY, 0, new SystemPropertyInput(SYSTEM_PROPERTY_SCHEDULER_TYPE, 0)::encode,
				page -> type[0] = page.get(ValueLayout.JAVA_INT_UNALIGNED, 0));
		}
		return type[0];
	}
}
