import java.util.List;
import java.util.stream.Stream;

/** All samples of one kernel; both lists hold one for each round. */
record Row(String name, List<Sample> ours, List<Sample> theirs) {
	String group() {
		return name.replaceFirst("\\..*", "");
	}

	double ratio() {
		return median(ours) / median(theirs);
	}

	boolean same() {
		return Stream.concat(ours.stream(), theirs.stream()).allMatch(ours.getFirst()::agrees);
	}

	static double median(List<Sample> samples) {
		return Figures.median(samples.stream().map(Sample::milliseconds).toList());
	}
}
