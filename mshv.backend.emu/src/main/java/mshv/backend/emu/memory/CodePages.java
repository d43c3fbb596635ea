package mshv.backend.emu.memory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which pages of a partition's memory hold code that processors have translated. Kept by host page, so that a write through another
 * guest-physical address of the same memory is seen too. Any thread; the lock is that of the {@link PhysicalMemory}.
 * <p>
 * A processor's granules are set before it reads the code that it translates, and stay until it has dropped what it made of them, or
 * must before it executes again. So whoever writes to a page afterwards finds out whom to tell.
 */
public final class CodePages {
	private final PhysicalMemory memory;
	private final Map<Long, CodePage> byHost = new HashMap<>();
	private CodeUser[] users = {};

	CodePages(PhysicalMemory memory) {
		this.memory = memory;
	}

	/** Adds a processor. @return its number */
	public int add(CodeUser user) {
		synchronized (memory) {
			for (int i = 0; i < users.length; i++) {
				if (users[i] == null) {
					users[i] = user;
					return i;
				}
			}
			users = Arrays.copyOf(users, users.length + 1);
			users[users.length - 1] = user;
			return users.length - 1;
		}
	}

	/** Removes a processor and what it had translated. */
	public void remove(int user) {
		synchronized (memory) {
			users[user] = null;
			for (CodePage page : byHost.values().toArray(CodePage[]::new)) {
				set(page, user, 0);
			}
		}
	}

	/** Notes that a processor is about to translate code. @param page guest page number
	 * @return the page, null if it is not mapped any more */
	public CodePage mark(int user, long page, long granules) {
		synchronized (memory) {
			long host = memory.entry(page) & PhysicalMemory.HOST;
			if (host == 0) {
				return null;
			}
			CodePage code = byHost.get(host);
			if (code == null) {
				code = new CodePage(host, memory.pagesOf(host));
				byHost.put(host, code);
				for (long alias : code.pages()) {
					memory.setCode(alias, code);
				}
			}
			code.set(user, code.of(user) | granules);
			return code;
		}
	}

	/** Notes what code a processor still has of a page. @param granules of it, as seen at any of the guest pages of {@code page} */
	public void keep(int user, CodePage page, long granules) {
		synchronized (memory) {
			if (byHost.get(page.host()) == page && page.of(user) != granules) {
				set(page, user, granules);
			}
		}
	}

	/** Tells processors of a write that has been done. @param user the one that wrote: it knows
	 * @param page guest page number
	 * @param granules that were written */
	public void written(int user, long page, long granules) {
		synchronized (memory) {
			CodePage code = memory.code(page);
			if (code == null) {
				return;
			}
			for (int i = 0; i < users.length; i++) {
				if (i != user && (code.of(i) & granules) != 0 && users[i].codeChanged(code.pages())) {
					code.set(i, 0);
				}
			}
			releaseIfEmpty(code);
		}
	}

	private void set(CodePage page, int user, long granules) {
		page.set(user, granules);
		releaseIfEmpty(page);
	}

	private void releaseIfEmpty(CodePage page) {
		if (page.empty()) {
			byHost.remove(page.host());
			for (long alias : page.pages()) {
				memory.setCode(alias, null);
			}
		}
	}

	/** A guest page is about to get another entry: processors drop their code of it.
	 * @return what stands behind the page now, if that holds code of other guest pages */
	CodePage remap(long page, CodePage before, long entry) {
		long host = entry & PhysicalMemory.HOST;
		if (before != null && (entry == 0 || before.host() != host)) {
			long[] one = {page};
			for (int i = 0; i < users.length; i++) {
				if (before.of(i) != 0) {
					users[i].codeChanged(one);
				}
			}
			before.removePage(page);
			if (before.pages().length == 0) {
				byHost.remove(before.host());
			}
		}
		if (entry == 0 || byHost.isEmpty()) {
			return null;
		}
		CodePage after = byHost.get(host);
		if (after != null && after != before) {
			after.addPage(page);
		}
		return after;
	}
}
