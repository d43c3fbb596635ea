package mshv.core.common;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

import mshv.api.HypervisorException;
import mshv.api.driver.HypercallClient;

class HypercallClientsTest {
	private final List<HypercallClient> registered = new ArrayList<>();
	private final List<Dictionary<?, ?>> properties = new ArrayList<>();
	private final HypercallClients clients = new HypercallClients(context(), config(0, 0));

	@Test
	void eachHypervisorHasItsClientAsLongAsItIsThere() {
		clients.addHypervisor(new FakeHypervisor(), properties(1, "emu"));
		clients.addHypervisor(new FakeHypervisor(), properties(2, "other"));
		assertEquals(List.of("emu", "other"), registered.stream().map(HypercallClient::hypervisor).toList());
		assertEquals("emu", properties.getFirst().get("mshv.hypervisor"));
		assertEquals(1L, properties.getFirst().get(HypercallClient.HYPERVISOR_ID));
		clients.removeHypervisor(properties(1, "emu"));
		assertEquals(List.of("other"), registered.stream().map(HypercallClient::hypervisor).toList());
	}

	@Test
	void twoHypervisorsMayHaveTheSameName() {
		clients.addHypervisor(new FakeHypervisor(), properties(1, "emu"));
		clients.addHypervisor(new FakeHypervisor(), properties(2, "emu"));
		clients.removeHypervisor(properties(1, "emu"));
		assertEquals(2L, properties.getFirst().get(HypercallClient.HYPERVISOR_ID));
	}

	@Test
	void aHypervisorThatReturnsHasANewClient() {
		clients.addHypervisor(new FakeHypervisor(), properties(1, "emu"));
		HypercallClient first = registered.getFirst();
		clients.removeHypervisor(properties(1, "emu"));
		clients.addHypervisor(new FakeHypervisor(), properties(2, "emu"));
		assertThrows(IllegalStateException.class, () -> first.call(0, 0, _ -> {}, null));
		assertEquals(1, registered.size());
	}

	@Test
	void usersStillReachTheClientWhileItIsWithdrawn() {
		clients.addHypervisor(new FakeHypervisor(), properties(1, "emu"));
		registered.getFirst().deposit(5, 10);
		clients.removeHypervisor(properties(1, "emu"));
		assertEquals(10, withdrawn);
	}

	@Test
	void limitsHoldAsSoonAsTheyAreChanged() {
		clients.addHypervisor(new FakeHypervisor(), properties(1, "emu"));
		registered.getFirst().deposit(5, 300);
		clients.modified(config(1, 0));
		assertThrows(HypervisorException.class, () -> registered.getFirst().deposit(5, 1));
		registered.getFirst().deposit(6, 256);
		clients.modified(config(0, 2));
		assertThrows(HypervisorException.class, () -> registered.getFirst().deposit(7, 1));
		clients.modified(config(0, 0));
		registered.getFirst().deposit(5, 1);
	}

	private static HypercallClientsConfig config(int partition, int total) {
		return (HypercallClientsConfig) Proxy.newProxyInstance(HypercallClientsTest.class.getClassLoader(),
			new Class<?>[] {HypercallClientsConfig.class}, (_, method, _) -> method.getName().equals("partition_memory") ? partition : total);
	}

	private int withdrawn;

	private static Map<String, Object> properties(long id, String name) {
		return Map.of("service.id", id, "mshv.hypervisor", name);
	}

	private BundleContext context() {
		return (BundleContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {BundleContext.class},
			(_, _, arguments) -> {
				HypercallClient client = (HypercallClient) arguments[1];
				Dictionary<?, ?> offered = (Dictionary<?, ?>) arguments[2];
				registered.add(client);
				properties.add(offered);
				return registration(client, offered);
			});
	}

	private ServiceRegistration<?> registration(HypercallClient client, Dictionary<?, ?> offered) {
		return (ServiceRegistration<?>) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ServiceRegistration.class},
			(_, _, _) -> {
				registered.remove(client);
				properties.remove(offered);
				withdrawn = client.withdrawAll(5);
				return null;
			});
	}
}
