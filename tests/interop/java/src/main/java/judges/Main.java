package judges;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.LogManager;

/**
 * One process for a whole run of tests: a job is a JSON object on one line of standard input, its answer is one on
 * standard output, in the same order. Nothing here uses the network.
 *
 * <p>A job names its judge: {@code "dss"} (see {@link Signatures}) or {@code "verapdf"} (see {@link PdfA}); or it is to be done by
 * DSS: {@code "dss-extend"} (see {@link Extension}). A job that cannot be judged is answered with {@code {"error": "…"}}.
 */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        // What the libraries print must not stand between the answers.
        System.setOut(System.err);
        LogManager.getLogManager().getLogger("").setLevel(Level.OFF);
        Gson gson = new GsonBuilder().disableHtmlEscaping().create();
        BufferedReader jobs = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
            answers.println(gson.toJson(answer(gson, line)));
        }
    }

    private static Object answer(Gson gson, String line) {
        try {
            JsonObject job = gson.fromJson(line, JsonObject.class);
            String judge = job.get("judge").getAsString();
            return switch (judge) {
                case "dss" -> Signatures.judge(gson.fromJson(job, Signatures.Job.class));
                case "dss-extend" -> Extension.extend(gson.fromJson(job, Extension.Job.class));
                case "verapdf" -> PdfA.judge(gson.fromJson(job, PdfA.Job.class));
                default -> throw new IllegalArgumentException("no judge is called " + judge);
            };
        } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError problem) {
            JsonObject failed = new JsonObject();
            failed.addProperty("error", problem.toString());
            return failed;
        }
    }
}
