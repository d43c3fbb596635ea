/**
 * Where a guest's console meets a person or a pipe: reading without waiting, raw mode, and settings that are given back whatever happens.
 * The guest's side is in {@link mshv.shell.guest}.
 */
package mshv.shell.terminal;
