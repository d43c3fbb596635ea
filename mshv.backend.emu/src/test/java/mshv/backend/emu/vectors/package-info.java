/**
 * Test vectors of user-mode instructions: a seeded generator makes the cases and a traced child process records what the host's
 * processor does with them. The recorded file is read back on any machine and run against a {@link VectorTarget}.
 */
package mshv.backend.emu.vectors;
