package mshv.eventfd;

import org.osgi.service.component.annotations.Component;

import mshv.api.event.Event;
import mshv.api.event.EventFactory;

/** Makes events of this process. They belong to whoever asked for them and outlive this component. */
@Component
public final class LocalEventFactory implements EventFactory {
	@Override
	public Event create() {
		return new LocalEvent();
	}
}
