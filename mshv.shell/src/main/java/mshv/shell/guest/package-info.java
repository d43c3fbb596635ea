/**
 * Guests that run in this process: the registry, their consoles, and how their end becomes an exit status.
 * A guest goes on while nobody is attached to its console.
 */
package mshv.shell.guest;
