/**
 * A small Linux to show the system with: Debian's own kernel and static busybox, fetched by package name and kept in a cache.
 * Nothing here knows how a guest is run.
 */
package mshv.shell.demo;
