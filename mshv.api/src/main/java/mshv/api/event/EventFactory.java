package mshv.api.event;

import org.osgi.annotation.versioning.ProviderType;

/** Makes events; a service. */
@ProviderType
public interface EventFactory {
	/** @return a new event of this process, not signalled, to be closed by the caller */
	Event create();
}
