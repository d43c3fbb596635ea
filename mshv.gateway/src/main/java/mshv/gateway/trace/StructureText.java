package mshv.gateway.trace;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

import mshv.api.abi.MshvRootHvcall;

/** Words for records: the names and values of their components. Of one thread. */
final class StructureText {
	private final CallName names;
	private final Map<Class<?>, Component[]> known = new HashMap<>();

	StructureText(CallName names) {
		this.names = names;
	}

	private record Component(byte[] json, byte[] text, boolean code, MethodHandle getter) {
		Object of(Object structure) {
			try {
				return (Object) getter.invokeExact(structure);
			} catch (Throwable e) {
				throw new IllegalStateException(e);
			}
		}
	}

	private Component[] components(Object structure) {
		Component[] found = known.get(structure.getClass());
		if (found == null) {
			RecordComponent[] declared = structure.getClass().getRecordComponents();
			found = new Component[declared.length];
			for (int i = 0; i < declared.length; i++) {
				found[i] = component(declared[i], structure instanceof MshvRootHvcall);
			}
			known.put(structure.getClass(), found);
		}
		return found;
	}

	private static Component component(RecordComponent declared, boolean hypercall) {
		String name = declared.getName();
		try {
			MethodHandle getter = MethodHandles.lookup().unreflect(declared.getAccessor());
			return new Component(("\"" + name + "\":").getBytes(StandardCharsets.US_ASCII), (name + "=").getBytes(StandardCharsets.US_ASCII),
				hypercall && name.equals("code"), getter.asType(MethodType.methodType(Object.class, Object.class)));
		} catch (IllegalAccessException e) {
			throw new IllegalStateException(declared.toString(), e);
		}
	}

	/** As an object of JSON. @param kind put before the components as {@code "is"}, null for nothing */
	void json(Record structure, String kind, ByteText to) {
		to.put('{');
		if (kind != null) {
			to.put("\"is\":\"").put(kind).put('"');
		}
		boolean first = kind == null;
		for (Component component : components(structure)) {
			if (!first) {
				to.put(',');
			}
			first = false;
			to.put(component.json());
			jsonValue(component, component.of(structure), to);
		}
		to.put('}');
	}

	private void jsonValue(Component component, Object value, ByteText to) {
		// Most are numbers, and this is where a trace spends its time
		if (value instanceof Long number) {
			to.put(number.longValue());
			return;
		}
		if (value instanceof Integer number && !component.code()) {
			to.put(number.intValue());
			return;
		}
		switch (value) {
			case null -> to.put("null");
			case Integer number when component.code() -> to.put('"').put(names.hypercall(number)).put('"');
			case Number number -> to.put(number.longValue());
			case Boolean flag -> to.put(flag ? "true" : "false");
			case Record inner -> json(inner, null, to);
			case byte[] bytes -> to.put('"').hex(bytes).put('"');
			case Collection<?> list -> {
				to.put('[');
				boolean first = true;
				for (Object element : list) {
					if (!first) {
						to.put(',');
					}
					first = false;
					jsonValue(component, element, to);
				}
				to.put(']');
			}
			default -> to.quoted(value.toString());
		}
	}

	/** For people: whole numbers of 64 bits are hexadecimal. */
	void text(Record structure, ByteText to) {
		to.put('{');
		boolean first = true;
		for (Component component : components(structure)) {
			if (!first) {
				to.put(' ');
			}
			first = false;
			to.put(component.text());
			textValue(component, component.of(structure), to);
		}
		to.put('}');
	}

	private void textValue(Component component, Object value, ByteText to) {
		switch (value) {
			case null -> to.put("none");
			case Integer number when component.code() -> to.put(names.hypercall(number));
			case Long number -> to.put("0x").hex(number);
			case Number number -> to.put(number.longValue());
			case Record inner -> text(inner, to);
			case byte[] bytes -> to.hex(bytes);
			case Collection<?> list -> {
				to.put('[');
				boolean first = true;
				for (Object element : list) {
					if (!first) {
						to.put(' ');
					}
					first = false;
					textValue(component, element, to);
				}
				to.put(']');
			}
			default -> to.put(value.toString());
		}
	}
}
