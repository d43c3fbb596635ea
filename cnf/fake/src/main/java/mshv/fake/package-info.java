/**
 * A hypervisor for the tests of bundles that use one: its processors follow a script instead of a guest.
 * What a test does not expect its subject to do fails it; a test that expects more overrides the method.
 */
package mshv.fake;
