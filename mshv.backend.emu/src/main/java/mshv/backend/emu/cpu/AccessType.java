package mshv.backend.emu.cpu;

/** Why a linear address is translated. */
enum AccessType {
	READ, WRITE, FETCH
}
