package mshv.shell.text;

import java.util.ArrayList;
import java.util.List;

/** Rows of text whose columns line up. Numbers stand to the right, everything else to the left. */
public final class Table {
	private final List<List<String>> rows = new ArrayList<>();

	/** @param titles one for each column */
	public Table(String... titles) {
		rows.add(List.of(titles));
	}

	/** Adds a row. @param cells one for each column @return this */
	public Table row(Object... cells) {
		List<String> row = new ArrayList<>();
		for (Object cell : cells) {
			row.add(String.valueOf(cell));
		}
		if (row.size() != rows.getFirst().size()) {
			throw new IllegalArgumentException(row.size() + " cells for " + rows.getFirst().size() + " columns");
		}
		rows.add(row);
		return this;
	}

	/** @return the lines, without one at the end that is empty */
	@Override
	public String toString() {
		int columns = rows.getFirst().size();
		StringBuilder text = new StringBuilder();
		for (List<String> row : rows) {
			StringBuilder line = new StringBuilder();
			for (int column = 0; column < columns; column++) {
				String cell = row.get(column);
				String blanks = " ".repeat(width(column) - cell.length());
				line.append(column == 0 ? "" : "  ").append(isNumeric(column) ? blanks + cell : cell + blanks);
			}
			text.append(text.isEmpty() ? "" : "\n").append(line.toString().stripTrailing());
		}
		return text.toString();
	}

	private int width(int column) {
		return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
	}

	private boolean isNumeric(int column) {
		return rows.size() > 1 && rows.stream().skip(1).allMatch(row -> row.get(column).matches("-|(0|[1-9][0-9,]*)(\\.[0-9]+)?[KMGT%]?"));
	}
}
