export declare function isInstalled(root: string): boolean;
export declare function ensureDependencies(root: string, node: string, npmCli: string): Promise<void>;
