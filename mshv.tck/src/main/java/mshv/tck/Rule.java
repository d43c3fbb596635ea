package mshv.tck;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says which section of the contract states the rule that a test checks. On a class or a package it holds for all tests in it that say
 * nothing themselves. The rule's text is the test's name, as words.
 */
@Documented
@Target({ElementType.PACKAGE, ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface Rule {
	/** @return section of the contract */
	Section value();
}
