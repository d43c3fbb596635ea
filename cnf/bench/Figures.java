import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What becomes of several figures, and how a figure is written. */
final class Figures {
	private Figures() {}

	static double median(List<Double> values) {
		List<Double> sorted = values.stream().sorted().toList();
		int middle = sorted.size() / 2;
		return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
	}

	/** Geometric means of the ratios, of each group in the guest's order, then of all. */
	static Map<String, Double> means(List<Row> rows) {
		Map<String, Double> means = new LinkedHashMap<>();
		rows.stream().collect(Collectors.groupingBy(Row::group, LinkedHashMap::new, Collectors.toList()))
			.forEach((group, members) -> means.put(group, geometricMean(members)));
		means.put("all", geometricMean(rows));
		return means;
	}

	private static double geometricMean(List<Row> rows) {
		return Math.exp(rows.stream().mapToDouble(row -> Math.log(row.ratio())).average().orElse(Double.NaN));
	}

	static String milliseconds(double value) {
		return String.format(Locale.ROOT, "%.1f", value);
	}

	static String ratio(double value) {
		return String.format(Locale.ROOT, "%.3f", value);
	}
}
