package judges;

import java.io.FileInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** veraPDF: whether a file conforms to a part and level of PDF/A. */
final class PdfA {
    private PdfA() {}

    /** {@code flavour}: {@code 1b}, {@code 2u}, …; without one, the flavour that the file says it has. */
    static final class Job {
        String file;
        String flavour;
    }

    /** {@code failed}: each rule once, {@code clause-test: description}. */
    record Answer(String flavour, boolean compliant, List<String> failed) {}

    static {
        VeraGreenfieldFoundryProvider.initialise();
    }

    static Answer judge(Job job) throws Exception {
        try (InputStream stream = new FileInputStream(job.file); PDFAParser parser = parser(stream, job.flavour)) {
            PDFAFlavour flavour = parser.getFlavour();
            try (PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
                ValidationResult result = validator.validate(parser);
                TreeSet<String> failed = new TreeSet<>();
                for (TestAssertion assertion : result.getTestAssertions()) {
                    if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                        failed.add(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber() + ": "
                                + assertion.getMessage());
                    }
                }
                return new Answer(flavour.getId(), result.isCompliant(), List.copyOf(failed));
            }
        }
    }

    private static PDFAParser parser(InputStream stream, String flavour) throws Exception {
        return flavour == null
                ? Foundries.defaultInstance().createParser(stream)
                : Foundries.defaultInstance().createParser(stream, PDFAFlavour.fromString(flavour));
    }
}
