/** Writes of the guest that signal events. */
package mshv.tck.doorbell;
