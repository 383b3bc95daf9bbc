export declare function findNpm(env?: NodeJS.ProcessEnv): string;
export declare function explainNpmFailure(what: string, output: string): string;
export declare function runNpm(run: { node?: string; npmCli: string; args: string[]; cwd: string; what: string }): Promise<void>;
