package mshv.core.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

import mshv.api.HvStatus;
import mshv.api.Hypervisor;
import mshv.api.HypervisorException;
import mshv.api.Partition;
import mshv.api.PartitionConfig;

class RootHypervisorsTest {
	private static final Map<String, Object> ONE = Map.of("service.id", 1L, "mshv.hypervisor.id", 1L);
	private static final Map<String, Object> TWO = Map.of("service.id", 2L, "mshv.hypervisor.id", 2L);

	private final List<Hypervisor> registered = new ArrayList<>();
	private final RootHypervisors hypervisors = new RootHypervisors(context());
	private final FakeHypervisor fake = new FakeHypervisor();

	@Test
	void aHypervisorIsOfferedWhenAllItsPartsAreThere() {
		hypervisors.addSynic(new FakeSynic(), ONE);
		hypervisors.addHypervisor(fake, ONE);
		assertEquals(List.of(), registered);
		hypervisors.addClient(new FakeClient(fake), ONE);
		assertEquals("fake", registered.getFirst().backend());
	}

	@Test
	void partsOfDifferentHypervisorsDoNotMakeOne() {
		hypervisors.addHypervisor(fake, ONE);
		hypervisors.addClient(new FakeClient(fake), ONE);
		hypervisors.addSynic(new FakeSynic(), TWO);
		assertEquals(List.of(), registered);
	}

	static Stream<Consumer<RootHypervisors>> losses() {
		return Stream.of(root -> root.removeHypervisor(ONE), root -> root.removeClient(ONE), root -> root.removeSynic(ONE));
	}

	@ParameterizedTest
	@MethodSource("losses")
	void theLossOfAnyPartEndsTheHypervisorAndItsReturnBringsANewOne(Consumer<RootHypervisors> loss) {
		addAll(ONE);
		Partition partition = registered.getFirst().createPartition(PartitionConfig.standard());
		loss.accept(hypervisors);
		assertEquals(List.of(), registered);
		assertTrue(fake.partitions.get(partition.id()).deleted);
		assertEquals(HvStatus.INVALID_PARTITION_ID, assertThrows(HypervisorException.class, partition::initialize).status());
		addAll(ONE);
		assertEquals(1, registered.size());
		registered.getFirst().createPartition(PartitionConfig.standard()).initialize();
	}

	@Test
	void anotherHypervisorIsNotTouched() {
		addAll(ONE);
		addAll(TWO);
		Partition partition = registered.get(1).createPartition(PartitionConfig.standard());
		hypervisors.removeHypervisor(ONE);
		assertEquals(1, registered.size());
		partition.initialize();
	}

	private void addAll(Map<String, Object> properties) {
		hypervisors.addHypervisor(fake, properties);
		hypervisors.addClient(new FakeClient(fake), properties);
		hypervisors.addSynic(new FakeSynic(), properties);
	}

	private BundleContext context() {
		return (BundleContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {BundleContext.class},
			(_, _, arguments) -> {
				registered.add((Hypervisor) arguments[1]);
				return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ServiceRegistration.class}, (_, _, _) -> {
					registered.remove(arguments[1]);
					return null;
				});
			});
	}
}
