package mshv.gateway;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;

/** Finds the component in which two records of a kind differ. */
final class RecordComparison {
	private RecordComparison() {}

	/** Makes something of a difference. @param <T> what */
	interface Maker<T> {
		T make(String name, String expected, String found);
	}

	/** @return what the first difference was made into, null if there is none */
	static <T> T first(Record expected, Record found, Maker<T> maker) {
		for (RecordComponent component : expected.getClass().getRecordComponents()) {
			Object one = value(component, expected);
			Object other = value(component, found);
			if (one instanceof Record inner && other instanceof Record otherInner) {
				T made = first(inner, otherInner, (name, left, right) -> maker.make(component.getName() + "." + name, left, right));
				if (made != null) {
					return made;
				}
			} else if (!(one instanceof byte[] bytes ? Arrays.equals(bytes, (byte[]) other) : Objects.equals(one, other))) {
				return maker.make(component.getName(), text(one), text(other));
			}
		}
		return null;
	}

	private static Object value(RecordComponent component, Record of) {
		try {
			return component.getAccessor().invoke(of);
		} catch (ReflectiveOperationException e) {
			throw new IllegalStateException(component.toString(), e);
		}
	}

	private static String text(Object value) {
		return switch (value) {
			case null -> "none";
			case Long number -> "0x" + Long.toHexString(number);
			case Integer number -> number < 10 && number >= 0 ? number.toString() : "0x" + Integer.toHexString(number);
			case byte[] bytes -> HexFormat.of().formatHex(bytes);
			default -> value.toString();
		};
	}
}
