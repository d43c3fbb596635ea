package mshv.shell.help;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;

/**
 * A command as its annotations describe it.
 *
 * @param name without a scope
 * @param summary one sentence
 * @param options in the order of declaration
 * @param arguments description of what follows the options, empty if nothing may
 * @param completion what the console offers for arguments
 */
public record CommandDescription(String name, String summary, List<Option> options, String arguments,
		Optional<Completes.Source> completion) {
	/**
	 * An option.
	 *
	 * @param names all spellings
	 * @param flag it has no value
	 * @param description what it does; the value's name stands first, in capitals
	 * @param completion what the console offers for the value
	 */
	public record Option(List<String> names, boolean flag, String description, Optional<Completes.Source> completion) {}

	/** Reads the annotations of some classes' commands: the public methods with a {@link Descriptor}.
	 * @return by name */
	public static List<CommandDescription> of(List<Class<?>> classes) {
		return classes.stream().flatMap(type -> Arrays.stream(type.getMethods()))
			.filter(method -> method.isAnnotationPresent(Descriptor.class)).map(CommandDescription::of)
			.sorted(Comparator.comparing(CommandDescription::name)).toList();
	}

	private static CommandDescription of(Method method) {
		List<Option> options = new ArrayList<>();
		String arguments = "";
		Optional<Completes.Source> completion = Optional.empty();
		Annotation[][] annotations = method.getParameterAnnotations();
		for (int i = 0; i < annotations.length; i++) {
			if (method.getParameterTypes()[i] == CommandSession.class) {
				continue;
			}
			String description = find(annotations[i], Descriptor.class).map(Descriptor::value).orElse("");
			Optional<Completes.Source> source = find(annotations[i], Completes.class).map(Completes::value);
			Optional<Parameter> parameter = find(annotations[i], Parameter.class);
			if (parameter.isPresent()) {
				boolean flag = !parameter.get().presentValue().equals(Parameter.UNSPECIFIED);
				options.add(new Option(List.of(parameter.get().names()), flag, description, source));
			} else {
				arguments = description;
				completion = source;
			}
		}
		return new CommandDescription(method.getName(), method.getAnnotation(Descriptor.class).value(), options, arguments, completion);
	}

	private static <T extends Annotation> Optional<T> find(Annotation[] annotations, Class<T> type) {
		return Arrays.stream(annotations).filter(type::isInstance).map(type::cast).findFirst();
	}

	/** @return help on this command: usage, summary, options */
	public String text() {
		StringBuilder text = new StringBuilder("usage: ").append(name);
		if (!options.isEmpty()) {
			text.append(" [OPTION...]");
		}
		int colon = arguments.indexOf(": ");
		if (!arguments.isEmpty()) {
			text.append(' ').append(colon < 0 ? arguments : arguments.substring(0, colon));
		}
		text.append('\n').append(summary);
		if (colon >= 0) {
			text.append('\n').append(arguments.substring(colon + 2));
		}
		List<String> left = options.stream().map(CommandDescription::left).toList();
		int width = left.stream().mapToInt(String::length).max().orElse(0);
		for (int i = 0; i < left.size(); i++) {
			text.append("\n  ").append(left.get(i)).append(" ".repeat(width - left.get(i).length() + 2)).append(right(options.get(i)));
		}
		return text.toString();
	}

	private static String left(Option option) {
		String names = String.join(", ", option.names());
		return option.flag() ? names : names + " " + option.description().split(" ", 2)[0].replaceAll(":$", "");
	}

	private static String right(Option option) {
		return option.flag() ? option.description() : option.description().split(" ", 2)[1];
	}

	/** @return lines for the JLine console's {@code complete} command */
	public List<String> completions() {
		List<String> lines = new ArrayList<>();
		String command = "complete -c mshv:" + name;
		lines.add(command + " -e");
		lines.add(command + " -d " + quote(summary));
		for (Option option : options) {
			StringBuilder line = new StringBuilder(command);
			for (String spelling : option.names()) {
				line.append(spelling.startsWith("--") ? " -l " + spelling.substring(2) : " -s " + spelling.substring(1));
			}
			line.append(" --description ").append(quote(option.description()));
			if (!option.flag()) {
				// A value that has no candidates must still not be taken for an argument
				line.append(" -a ").append(quote(option.completion().map(Completes.Source::function).orElse("[]")));
			}
			lines.add(line.toString());
		}
		completion.ifPresent(source -> lines.add(command + " -a " + quote(source.function())));
		return lines;
	}

	private static String quote(String text) {
		return "'" + text.replace("'", "'\\''") + "'";
	}
}
