package judges;

import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.x509.tsp.KeyEntityTSPSource;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;

/** EU DSS as a program that takes signatures of others to a higher level: the signatures of a PDF. */
final class Extension {
    private Extension() {}

    /**
     * What to extend, beside what DSS is given to judge it with.
     *
     * <p>{@code output}: the file to write. {@code level}: {@code "T"}, {@code "LT"} or {@code "LTA"}. {@code key}: of the time-stamp
     * authority, RSA in PKCS#8 DER. {@code authority}: its certificate and those above it.
     */
    static final class Job extends Signatures.Job {
        String output;
        String level;
        String key;
        List<String> authority = List.of();
    }

    record Answer(String output) {}

    static Answer extend(Job job) throws Exception {
        PrivateKey key = KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of(job.key))));
        List<CertificateToken> authority = job.authority.stream().map(Signatures::certificate).toList();
        KeyEntityTSPSource stamps = new KeyEntityTSPSource(key, authority.get(0), authority);
        stamps.setTsaPolicy("1.3.6.1.4.1.99999.1");
        PAdESService service = new PAdESService(Signatures.verifier(job));
        service.setTspSource(stamps);
        PAdESSignatureParameters parameters = new PAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.valueOf("PAdES_BASELINE_" + job.level));
        service.extendDocument(Signatures.document(job.file), parameters).save(new File(job.output).getPath());
        return new Answer(job.output);
    }
}
