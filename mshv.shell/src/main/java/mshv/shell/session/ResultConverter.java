package mshv.shell.session;

import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Component;

import mshv.shell.status.CommandResult;

/** Shows results in words. */
@Component
public final class ResultConverter implements Converter {
	@Override
	public Object convert(Class<?> desiredType, Object in) {
		return null;
	}

	@Override
	public CharSequence format(Object target, int level, Converter escape) {
		return target instanceof CommandResult result ? result.text() : null;
	}
}
