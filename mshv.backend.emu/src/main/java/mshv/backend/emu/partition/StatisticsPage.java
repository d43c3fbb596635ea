package mshv.backend.emu.partition;

import static mshv.backend.emu.memory.RawMemory.RAW;

import mshv.backend.emu.engine.Engine;
import mshv.backend.emu.memory.PhysicalMemory;

/** A processor's page of counters, 64 bits each: 0 instructions, 1 interrupts. Brought up to date when a dispatch ends. */
public final class StatisticsPage {
	private static final int INSTRUCTIONS = 0, INTERRUPTS = 8;

	private final MemoryPool pool;
	private final Engine engine;
	/** Host address, 0 while the root has no such page. */
	private long address;

	StatisticsPage(MemoryPool pool, Engine engine) {
		this.pool = pool;
		this.engine = engine;
	}

	/** Takes a page of the pool to share; more than once gives the same page. @return the root's page number, 0 if the pool is empty */
	public long map() {
		if (address == 0) {
			long page = pool.take();
			if (page == 0) {
				return 0;
			}
			address = page << PhysicalMemory.PAGE_SHIFT;
			RAW.fill(address, PhysicalMemory.PAGE_SIZE, (byte) 0);
			update();
		}
		return address >>> PhysicalMemory.PAGE_SHIFT;
	}

	/** Gives the page back to the pool. @return false if there is none */
	public boolean unmap() {
		if (address == 0) {
			return false;
		}
		pool.release(address >>> PhysicalMemory.PAGE_SHIFT);
		address = 0;
		return true;
	}

	void update() {
		if (address != 0) {
			RAW.putLong(address + INSTRUCTIONS, engine.instructions());
			RAW.putLong(address + INTERRUPTS, engine.interrupts());
		}
	}
}
