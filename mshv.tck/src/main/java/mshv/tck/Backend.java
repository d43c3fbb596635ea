package mshv.tck;

import java.util.Optional;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.util.tracker.ServiceTracker;

import mshv.api.Hypervisor;
import mshv.api.conformance.RandomOperations;
import mshv.api.driver.Ports;
import mshv.api.event.EventFactory;

/** Gives tests the backend that the framework property {@value #PROPERTY} names, as it is in the service registry. */
public final class Backend implements ParameterResolver {
	/** Framework property, system property or configuration parameter of JUnit: {@link Hypervisor#BACKEND} of the backend under test. */
	public static final String PROPERTY = "mshv.tck.backend";

	private static final String DEFAULT = "emu";
	private static final ExtensionContext.Namespace SERVICES = ExtensionContext.Namespace.create(Backend.class);
	private static final long DEADLINE_MILLISECONDS = 30_000;

	/** A service that is held until the last test has run. */
	private record Held(ServiceTracker<?, ?> tracker, Object service) implements AutoCloseable {
		@Override
		public void close() {
			tracker.close();
		}
	}

	/** Made by JUnit. */
	public Backend() {}

	/** @return name of the backend under test */
	static String name(ExtensionContext test) {
		return test.getConfigurationParameter(PROPERTY).or(() -> Optional.ofNullable(context().getProperty(PROPERTY))).orElse(DEFAULT);
	}

	@Override
	public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
		Class<?> type = parameter.getParameter().getType();
		return type == Hypervisor.class || type == EventFactory.class || type == RandomOperations.class || type == Ports.class;
	}

	@Override
	public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
		Class<?> type = parameter.getParameter().getType();
		return test.getRoot().getStore(SERVICES).getOrComputeIfAbsent(type, wanted -> find(wanted, name(test)), Held.class).service;
	}

	/** @return the service; of {@link Ports}, which a backend publishes with itself or not at all, null if there is none */
	private static Held find(Class<?> type, String backend) {
		String all = "(objectClass=" + type.getName() + ")";
		String own = "(&" + all + "(" + Hypervisor.BACKEND + "=" + backend + "))";
		try {
			// Events that a backend has of its own are signalled by it without a thread between
			String filter = type == Hypervisor.class || type == Ports.class || type == EventFactory.class
				&& !context().getServiceReferences(type, own).isEmpty() ? own : all;
			ServiceTracker<?, ?> tracker = new ServiceTracker<>(context(), context().createFilter(filter), null);
			tracker.open();
			Object service = type == Ports.class ? tracker.getService() : tracker.waitForService(DEADLINE_MILLISECONDS);
			if (service == null && type != Ports.class) {
				tracker.close();
				throw new ParameterResolutionException("no service " + filter);
			}
			return new Held(tracker, service);
		} catch (InvalidSyntaxException e) {
			throw new ParameterResolutionException("not the name of a backend: " + backend, e);
		} catch (InterruptedException e) {
			Thread.currentThread().interrupt();
			throw new ParameterResolutionException("interrupted while waiting for " + all, e);
		}
	}

	private static BundleContext context() {
		return FrameworkUtil.getBundle(Backend.class).getBundleContext();
	}
}
