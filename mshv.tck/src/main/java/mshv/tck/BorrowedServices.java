package mshv.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** Services for the length of one run, given back at its end: which ones is known only when it begins. One thread. */
public final class BorrowedServices implements AutoCloseable {
	private final BundleContext context;
	private final List<ServiceReference<?>> borrowed = new ArrayList<>();

	/** @param context of the bundle that uses them */
	public BorrowedServices(BundleContext context) {
		this.context = context;
	}

	/** @param property that the service has with this value; null for any service
	 * @return the highest ranked service
	 * @throws IllegalArgumentException if the value cannot be that of a property */
	public <T> Optional<T> best(Class<T> type, String property, String value) {
		try {
			return context.getServiceReferences(type, property == null ? null : "(" + property + "=" + value + ")").stream()
				.max(ServiceReference::compareTo).map(reference -> {
					borrowed.add(reference);
					return context.getService(reference);
				});
		} catch (InvalidSyntaxException e) {
			throw new IllegalArgumentException("no name of a backend: " + value, e);
		}
	}

	@Override
	public void close() {
		borrowed.forEach(context::ungetService);
	}
}
